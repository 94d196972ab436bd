# METADATA
# description: |
#   Changes happen when they may. Parameter: settings.windows, a list of weekly windows and of freezes (policies/README.md).
#   A plan that changes nothing, and a preview, may be made at any time.
package dharma.controls.organisation.windows

import data.dharma.controls.organisation.blueprint
import data.dharma.finding
import data.dharma.subject

# METADATA
# title: Changes happen in change windows
# custom:
#   id: windows.change.outside
#   severity: Medium
#   types: []
#   controls: [pci-dss-4.0/6.5.1, nist-800-53-r5/CM-3, fedramp-moderate-r5/CM-3, iso-27001-2022/A.8.32, soc-2/CC8.1]
#   remediation: Wait for the next window, or have an exception made for the change.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	changes
	count(weekly) > 0
	every window in weekly { not open(window) }
	message := sprintf("it is %s %s UTC, outside of the windows %s: wait for the next one", [
		weekday(days_of(now)), clock_of(now), concat(", ", [text(window) | some window in weekly]),
	])
}

# METADATA
# title: Nothing changes while changes are frozen
# custom:
#   id: windows.change.frozen
#   severity: High
#   types: []
#   controls: [pci-dss-4.0/6.5.1, nist-800-53-r5/CM-3, fedramp-moderate-r5/CM-3, iso-27001-2022/A.8.32, soc-2/CC8.1]
#   remediation: Wait until the freeze ends, or have an exception made for the change.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	changes
	some freeze in freezes
	seconds(freeze.from) <= now
	now < seconds(freeze.to)
	message := sprintf("changes are frozen from %s to %s%s: wait until then", [freeze.from, freeze.to, reason(freeze)])
}

# METADATA
# title: Change windows can be read
# custom:
#   id: windows.settings.unreadable
#   severity: High
#   types: []
#   controls: []
#   remediation: Give days (Mon to Sun), from and to (HH:MM in UTC) for a window; from and to in RFC 3339 for a freeze.
fails contains finding.of(rego.metadata.rule(), "", message) if {
	changes
	some i, entry in input.settings.windows
	not is_weekly(entry)
	not is_freeze(entry)
	message := sprintf("entry %d of settings.windows is neither a window nor a freeze, so nothing keeps to it: mend it", [i + 1])
}

changes if {
	input.operation in {"Apply", "Destroy", "Rollback", "Import"}
	count(subject.touched) > 0
}

now := seconds(input.time)

# Those that are for this Blueprint.
entries := [entry | some entry in input.settings.windows; is_meant(entry)]

is_meant(entry) if every name, value in object.get(entry, "labels", {}) { blueprint.labels[name] == value }

weekly := [entry | some entry in entries; is_weekly(entry)]

freezes := [entry | some entry in entries; is_freeze(entry)]

is_weekly(entry) if {
	regex.match(clock, entry.from)
	regex.match(clock, entry.to)
	every day in object.get(entry, "days", []) { short(day) in weekdays }
}

clock := `^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$`

is_freeze(entry) if seconds(entry.from) < seconds(entry.to)

# A window that ends before it begins goes on after midnight, and belongs to the day on which it began.
open(window) if {
	window.from < window.to
	on(window, days_of(now))
	window.from <= clock_of(now)
	clock_of(now) < window.to
}

open(window) if {
	window.from >= window.to
	on(window, days_of(now))
	window.from <= clock_of(now)
}

open(window) if {
	window.from >= window.to
	on(window, days_of(now) - 1)
	clock_of(now) < window.to
}

on(window, _) if count(object.get(window, "days", [])) == 0

on(window, day) if {
	some named in window.days
	short(named) == weekday(day)
}

text(window) := sprintf("%s %s-%s", [concat(",", object.get(window, "days", ["every day"])), window.from, window.to])

reason(freeze) := sprintf(" (%s)", [freeze.name]) if freeze.name

reason(freeze) := "" if not freeze.name

# METADATA
# description: Seconds since 1970 of an RFC 3339 time; undefined for any other text.
seconds(given) := total if {
	[[_, year, month, day, hour, minute, second, _, zone]] := regex.find_all_string_submatch_n(rfc3339, given, 1)
	total := (((days(number(year), number(month), number(day)) * 86400) + ((number(hour) * 3600) + (number(minute) * 60))) + number(second)) - offset(zone)
}

rfc3339 := `^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$`

offset(zone) := 0 if upper(zone) == "Z"

offset(zone) := sign * ((number(substring(zone, 1, 2)) * 3600) + (number(substring(zone, 4, 2)) * 60)) if {
	sign := {"+": 1, "-": -1}[substring(zone, 0, 1)]
}

# "08" is no JSON number.
number(digits) := to_number(rest) if {
	rest := trim_left(digits, "0")
	rest != ""
} else := 0

# Days since 1970-01-01 in the Gregorian calendar: years begin in March, so that the leap day is the last.
days(year, month, day) := (((((365 * y) + floor(y / 4)) - floor(y / 100)) + floor(y / 400)) + (floor(((153 * m) + 2) / 5) + day)) - 719469 if {
	before := floor((14 - month) / 12) # 1 in January and February
	y := year - before
	m := (month + (12 * before)) - 3
}

days_of(time) := floor(time / 86400)

clock_of(time) := sprintf("%s:%s", [two(floor(rest / 3600)), two(floor((rest % 3600) / 60))]) if {
	rest := time - (days_of(time) * 86400)
}

two(n) := sprintf("0%d", [n]) if n < 10

two(n) := sprintf("%d", [n]) if n >= 10

# 1970-01-01 was a Thursday.
weekdays := ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

weekday(day) := weekdays[(((day + 3) % 7) + 7) % 7]

# Mon of mon, MON and Monday.
short(day) := concat("", [upper(substring(day, 0, 1)), lower(substring(day, 1, 2))])
