// KWOK Stages: how simulated nodes and pods go through life. Templates are Go templates that kwok evaluates.

const stage = (name: string, body: string): string => `apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: { name: ${name} }
spec:
${body.replace(/^/gm, "  ")}
`;

/** Node initialise and heartbeat; pod ready, complete and delete. */
export const stages: string = [
  stage(
    "node-initialize",
    `resourceRef: { apiGroup: v1, kind: Node }
selector:
  matchExpressions:
    - { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: NotIn, values: ["True"] }
next:
  statusTemplate: |
    {{ $now := Now }}
    conditions:
      - type: Ready
        status: "True"
        reason: KubeletReady
        message: simulated node is ready
        lastHeartbeatTime: {{ $now | Quote }}
        lastTransitionTime: {{ $now | Quote }}
    addresses:
      - type: Hostname
        address: {{ .metadata.name }}
    phase: Running
    nodeInfo:
      architecture: amd64
      bootID: ""
      containerRuntimeVersion: kwok
      kernelVersion: kwok
      kubeProxyVersion: kwok
      kubeletVersion: kwok
      machineID: ""
      operatingSystem: linux
      osImage: ""
      systemUUID: ""
immediateNextStage: true`,
  ),
  stage(
    "node-heartbeat",
    `resourceRef: { apiGroup: v1, kind: Node }
selector:
  matchExpressions:
    - { key: '.status.phase', operator: In, values: ["Running"] }
    - { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: In, values: ["True"] }
delay: { durationMilliseconds: 60000, jitterDurationMilliseconds: 70000 }
next:
  statusTemplate: |
    {{ $now := Now }}
    conditions:
      - type: Ready
        status: "True"
        reason: KubeletReady
        message: simulated node is ready
        lastHeartbeatTime: {{ $now | Quote }}
        lastTransitionTime: {{ .metadata.creationTimestamp | Quote }}
immediateNextStage: true`,
  ),
  stage(
    "pod-ready",
    `resourceRef: { apiGroup: v1, kind: Pod }
selector:
  matchExpressions:
    - { key: '.metadata.deletionTimestamp', operator: DoesNotExist }
    - { key: '.status.podIP', operator: DoesNotExist }
next:
  statusTemplate: |
    {{ $now := Now }}
    conditions:
      - { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }} }
      - { type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }} }
      - { type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }} }
    containerStatuses:
    {{ range .spec.containers }}
      - image: {{ .image | Quote }}
        name: {{ .name | Quote }}
        ready: true
        restartCount: 0
        started: true
        state: { running: { startedAt: {{ $now | Quote }} } }
    {{ end }}
    hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
    podIP: {{ PodIPWith .spec.nodeName false ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
    phase: Running
    startTime: {{ $now | Quote }}`,
  ),
  stage(
    "pod-complete",
    `resourceRef: { apiGroup: v1, kind: Pod }
selector:
  matchExpressions:
    - { key: '.metadata.deletionTimestamp', operator: DoesNotExist }
    - { key: '.status.phase', operator: In, values: ["Running"] }
    - { key: '.metadata.ownerReferences.[].kind', operator: In, values: ["Job"] }
next:
  statusTemplate: |
    {{ $now := Now }}
    containerStatuses:
    {{ range .spec.containers }}
      - image: {{ .image | Quote }}
        name: {{ .name | Quote }}
        ready: false
        restartCount: 0
        started: false
        state: { terminated: { exitCode: 0, finishedAt: {{ $now | Quote }}, reason: Completed, startedAt: {{ $now | Quote }} } }
    {{ end }}
    phase: Succeeded`,
  ),
  stage(
    "pod-delete",
    `resourceRef: { apiGroup: v1, kind: Pod }
selector:
  matchExpressions:
    - { key: '.metadata.deletionTimestamp', operator: Exists }
next:
  finalizers: { empty: true }
  delete: true`,
  ),
].join("---\n");
