// The programs of the local control plane: which version, how to recognise it, where its maker releases it, how to build it.

export type ToolName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubectl"
  | "kwok"
  | "pulumi"
  | "opa"
  | "helm"
  | "argocd"
  | "prometheus";

/** Where a maker publishes a program: a bare binary or a tar.gz with the program at `member`. */
export interface Release {
  readonly url: string;
  /** A text file whose first 64-digit hexadecimal word on the asset's line is the SHA-256. */
  readonly checksumUrl: string;
  readonly member?: string;
}

export interface Tool {
  readonly name: ToolName;
  readonly version: string;
  /** Folder under src/local/tools/modules whose go.mod and go.sum pin the sources. */
  readonly module: string;
  /** The version of the sources in go.mod where it is not the program's. */
  readonly sourceVersion?: string;
  readonly package: string;
  /** -X assignments that put the version into the program. */
  readonly stamps: readonly string[];
  /** Build tags; absent: none. */
  readonly tags?: readonly string[];
  /** Arguments that make a program found on PATH print its version. */
  readonly versionArgs: readonly string[];
  /** Seconds a cold build took on two cores; only used to say what is left. */
  readonly buildSeconds: number;
  readonly release: (platform: Platform) => Release;
}

export interface Platform {
  readonly os: "linux" | "darwin";
  readonly arch: "amd64" | "arm64";
}

const KUBERNETES = "v1.36.3";
const ETCD = "v3.6.16";
const KWOK = "v0.8.0";
const PULUMI = "v3.250.0";
const OPA = "v1.22.2";
const HELM = "v3.22.0";
const ARGOCD = "v3.2.1";
/** Its module is content with any Go 1.26; that of v3.16 wants 1.26.7. */
const PROMETHEUS = "v3.13.4";

const kubernetes = (name: ToolName, buildSeconds: number): Tool => ({
  name,
  version: KUBERNETES,
  module: "kubernetes",
  package: `k8s.io/kubernetes/cmd/${name}`,
  stamps: [
    `k8s.io/component-base/version.gitVersion=${KUBERNETES}`,
    `k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES}`,
  ],
  versionArgs: name === "kubectl" ? ["version", "--client"] : ["--version"],
  buildSeconds,
  release: ({ os, arch }) => {
    const url = `https://dl.k8s.io/release/${KUBERNETES}/bin/${os}/${arch}/${name}`;
    return { url, checksumUrl: `${url}.sha256` };
  },
});

/** In the order builds start: the longest first. */
export const tools: readonly Tool[] = [
  kubernetes("kube-apiserver", 220),
  {
    name: "pulumi",
    version: PULUMI,
    module: "pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    stamps: [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${PULUMI}`],
    versionArgs: ["version"],
    buildSeconds: 300,
    release: ({ os, arch }) => ({
      url: `https://get.pulumi.com/releases/sdk/pulumi-${PULUMI}-${os}-${arch === "amd64" ? "x64" : arch}.tar.gz`,
      checksumUrl: `https://github.com/pulumi/pulumi/releases/download/${PULUMI}/pulumi-${PULUMI.slice(1)}-checksums.txt`,
      member: "pulumi/pulumi",
    }),
  },
  {
    name: "etcd",
    version: ETCD,
    module: "etcd",
    package: "go.etcd.io/etcd/server/v3",
    stamps: [],
    versionArgs: ["--version"],
    buildSeconds: 55,
    release: ({ os, arch }) => ({
      url: `https://github.com/etcd-io/etcd/releases/download/${ETCD}/etcd-${ETCD}-${os}-${arch}.tar.gz`,
      checksumUrl: `https://github.com/etcd-io/etcd/releases/download/${ETCD}/SHA256SUMS`,
      member: `etcd-${ETCD}-${os}-${arch}/etcd`,
    }),
  },
  kubernetes("kube-controller-manager", 45),
  kubernetes("kube-scheduler", 25),
  {
    name: "kwok",
    version: KWOK,
    module: "kwok",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    stamps: [`sigs.k8s.io/kwok/pkg/consts.Version=${KWOK}`],
    versionArgs: ["--version"],
    buildSeconds: 140,
    release: ({ os, arch }) => ({
      url: `https://github.com/kubernetes-sigs/kwok/releases/download/${KWOK}/kwok-${os}-${arch}`,
      checksumUrl: `https://github.com/kubernetes-sigs/kwok/releases/download/${KWOK}/kwok-${os}-${arch}.sha256`,
    }),
  },
  {
    name: "opa",
    version: OPA,
    module: "opa",
    package: "github.com/open-policy-agent/opa",
    stamps: [`github.com/open-policy-agent/opa/version.Version=${OPA.slice(1)}`],
    versionArgs: ["version"],
    buildSeconds: 115,
    release: ({ os, arch }) => {
      const url = `https://openpolicyagent.org/downloads/${OPA}/opa_${os}_${arch}${os === "linux" || arch === "arm64" ? "_static" : ""}`;
      return { url, checksumUrl: `${url}.sha256` };
    },
  },
  kubernetes("kubectl", 40),
  {
    name: "helm",
    version: HELM,
    module: "helm",
    package: "helm.sh/helm/v3/cmd/helm",
    stamps: [
      `helm.sh/helm/v3/internal/version.version=${HELM}`,
      // What `helm template` takes for the cluster's version; without these it says v1.20.
      ...["lint/rules", "chartutil"].flatMap((part) => [
        `helm.sh/helm/v3/pkg/${part}.k8sVersionMajor=1`,
        `helm.sh/helm/v3/pkg/${part}.k8sVersionMinor=${KUBERNETES.split(".")[1]}`,
      ]),
    ],
    versionArgs: ["version", "--short"],
    buildSeconds: 90,
    release: ({ os, arch }) => {
      const url = `https://get.helm.sh/helm-${HELM}-${os}-${arch}.tar.gz`;
      return { url, checksumUrl: `${url}.sha256sum`, member: `${os}-${arch}/helm` };
    },
  },
  {
    // One program is all of Argo CD: ARGOCD_BINARY_NAME says which component it shall be.
    name: "argocd",
    version: ARGOCD,
    module: "argocd",
    package: "github.com/argoproj/argo-cd/v3/cmd",
    stamps: [`github.com/argoproj/argo-cd/v3/common.version=${ARGOCD.slice(1)}`],
    versionArgs: ["version", "--client", "--short"],
    buildSeconds: 220,
    release: ({ os, arch }) => {
      const releases = `https://github.com/argoproj/argo-cd/releases/download/${ARGOCD}`;
      return { url: `${releases}/argocd-${os}-${arch}`, checksumUrl: `${releases}/cli_checksums.txt` };
    },
  },
  {
    // Built without the web pages and the clouds' service discovery, which tests have no use for.
    name: "prometheus",
    version: PROMETHEUS,
    module: "prometheus",
    sourceVersion: "v0.313.4",
    package: "github.com/prometheus/prometheus/cmd/prometheus",
    stamps: [`github.com/prometheus/common/version.Version=${PROMETHEUS.slice(1)}`],
    tags: ["remove_all_sd"],
    versionArgs: ["--version"],
    buildSeconds: 250, // the processor time of a cold build; not measured on idle cores
    release: ({ os, arch }) => {
      const releases = `https://github.com/prometheus/prometheus/releases/download/${PROMETHEUS}`;
      const folder = `prometheus-${PROMETHEUS.slice(1)}.${os}-${arch}`;
      return {
        url: `${releases}/${folder}.tar.gz`,
        checksumUrl: `${releases}/sha256sums.txt`,
        member: `${folder}/prometheus`,
      };
    },
  },
];

/** What `npm test` and the benchmarks need: all but what only the long tests use. */
export const testTools: readonly ToolName[] = tools.map(({ name }) => name).filter((name) => name !== "argocd");

/** What the embedded control plane and the Blueprint engine need; tests need kubectl, helm and prometheus as well. */
export const startTools: readonly ToolName[] = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "pulumi",
  "opa",
];
