// The compliance report as one page without anything from elsewhere: to be read, printed and filed.
import type { ComplianceScore } from "./compliance.ts";
import { type ComplianceReport, type ReportedSubject, titleOf } from "./report.ts";

/** A whole HTML document. */
export function reportHtml(report: ComplianceReport): string {
  const { score, namespaces, subjects, unknown } = report;
  const about = report.framework === undefined ? "all frameworks" : titleOf(report.framework);
  const failing = subjects.filter(({ failures }) => failures.length > 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Compliance of ${escape(report.scope)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Compliance of ${escape(report.scope)}</h1>
<p>${escape(about)}, as of <time>${escape(report.time)}</time>. ${subjects.length - unknown.length} subjects judged.</p>
</header>
<section>
<h2>Summary</h2>
${scoreBlock(score)}
${unknown.length === 0 ? "" : `<p class="note">Not judged, and so not counted: ${unknown.map(escape).join(", ")}.</p>`}
<table>
<caption>By framework</caption>
<thead><tr><th>Framework</th><th>Score</th><th class="n">Passed</th><th class="n">Failed</th><th class="n">Excepted</th></tr></thead>
<tbody>${score.frameworks
    .map(
      ({ name, scorePercent, passed, failed, excepted }) =>
        `<tr><td>${escape(titleOf(name))}</td><td>${bar(scorePercent)}</td><td class="n">${passed}</td><td class="n">${failed}</td><td class="n">${excepted}</td></tr>`,
    )
    .join("\n")}</tbody>
</table>
<table>
<caption>By namespace</caption>
<thead><tr><th>Namespace</th><th>Score</th><th class="n">Passed</th><th class="n">Failed</th></tr></thead>
<tbody>${namespaces
    .map(
      ({ name, scorePercent, passed, failed }) =>
        `<tr><td>${escape(name)}</td><td>${bar(scorePercent)}</td><td class="n">${passed}</td><td class="n">${failed}</td></tr>`,
    )
    .join("\n")}</tbody>
</table>
</section>
<section>
<h2>Failed controls</h2>
${failing.length === 0 ? "<p>None.</p>" : failing.map(subjectBlock).join("\n")}
</section>
<section>
<h2>How to read this</h2>
<p>A control counts where it looks at something that is there. It fails when one of its resources fails, and weighs 8 (critical),
4 (high), 2 (medium) or 1 (low). A score is the weight of the passed controls in that of the judged ones, rounded down. Findings
under an exception count neither way. What could not be judged is named above and is not counted as passed. Control ids name the
published controls that a rule gives evidence for; a rule alone does not prove a control fulfilled.</p>
<p>Policy bundles: ${
    [...new Set(subjects.map(({ bundle }) => bundle).filter((bundle) => bundle !== ""))]
      .map((bundle) => `<code>${escape(bundle)}</code>`)
      .join(", ") || "none"
  }.</p>
</section>
</body>
</html>
`;
}

function subjectBlock(subject: ReportedSubject): string {
  const rows = subject.failures.map(
    ({ rule, title, severity, controls, message, resources, resourceCount, judged, remediation }) =>
      `<tr><td><span class="sev ${severity.toLowerCase()}">${severity}</span></td>
<td><strong>${escape(title)}</strong><br><code>${escape(rule)}</code><br>${escape(message)}<br><em>${escape(remediation)}</em></td>
<td>${resources.map(escape).join(", ")}${resourceCount > resources.length ? ` and ${resourceCount - resources.length} more` : ""}<br><small>${resourceCount} of ${judged}</small></td>
<td class="ids">${controls.map(escape).join("<br>")}</td></tr>`,
  );
  const more = subject.failed - subject.failures.length;
  return `<article>
<h3>${escape(subject.kind)} ${escape(subject.namespace)}/${escape(subject.name)}</h3>
<p>${bar(subject.scorePercent)} ${subject.passed} passed, ${subject.failed} failed, judged <time>${escape(subject.evaluateTime)}</time></p>
<table>
<thead><tr><th>Severity</th><th>Control</th><th>Resources</th><th>Evidence for</th></tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>
${more > 0 ? `<p class="note">and ${more} more: mend those above first.</p>` : ""}
</article>`;
}

function scoreBlock({ scorePercent, passed, failed }: ComplianceScore): string {
  const told = scorePercent === undefined ? "unknown" : `${scorePercent} %`;
  return `<p class="score"><strong>${told}</strong> ${passed} controls passed, ${failed} failed</p>`;
}

function bar(scorePercent: number | undefined): string {
  if (scorePercent === undefined) return '<span class="bar unknown">unknown</span>';
  const level = scorePercent >= 90 ? "good" : scorePercent >= 70 ? "fair" : "poor";
  return `<span class="bar ${level}"><span style="width:${scorePercent}%"></span><b>${scorePercent} %</b></span>`;
}

function escape(text: string): string {
  return text.replaceAll(
    /[&<>"']/g,
    (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[char] ?? char,
  );
}

const style = `
:root { color-scheme: light; --line: #d9dde3; --soft: #5b6470; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2128; max-width: 70rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; } h3 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
header p, small, .note { color: var(--soft); } .score { font-size: 1.1rem; } .score strong { font-size: 2.2rem; margin-right: .5rem; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0 1.5rem; } caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid var(--line); } th { font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; } code { font-size: .85em; } .ids { font-size: .8rem; white-space: nowrap; }
.bar { position: relative; display: inline-block; width: 9rem; height: 1.15rem; background: #eceff3; border-radius: 3px; overflow: hidden; vertical-align: middle; }
.bar span { position: absolute; inset: 0 auto 0 0; } .bar b { position: absolute; left: .4rem; font-size: .78rem; line-height: 1.15rem; }
.bar.good span { background: #a7dfb5; } .bar.fair span { background: #f5dc97; } .bar.poor span { background: #f3b0a8; }
.bar.unknown { font-size: .78rem; line-height: 1.15rem; padding-left: .4rem; color: var(--soft); }
.sev { display: inline-block; padding: 0 .45rem; border-radius: 3px; font-size: .8rem; background: #eceff3; }
.sev.critical { background: #8f1d14; color: #fff; } .sev.high { background: #f3b0a8; } .sev.medium { background: #f5dc97; }
@media print { body { margin: 0; max-width: none; } article { break-inside: avoid; } }
`;
