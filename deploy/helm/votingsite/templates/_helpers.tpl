{{- define "votingsite.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "votingsite.secret" -}}
{{- .Values.secrets.prefix | default (include "votingsite.fullname" .) -}}
{{- end -}}

{{/* What a part is known by: (list $ "vote") */}}
{{- define "votingsite.selector" -}}
app.kubernetes.io/name: votingsite
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Name, namespace and labels of what belongs to a part: (list $ "vote") */}}
{{- define "votingsite.metadata" -}}
{{- $ := index . 0 -}}
name: {{ include "votingsite.fullname" $ }}-{{ index . 1 }}
namespace: {{ $.Release.Namespace }}
labels:
  {{- include "votingsite.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
{{- end -}}

{{- define "votingsite.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "votingsite.hasDatabase" -}}
{{- if not (or .Values.cloudNativePG.enabled .Values.externalDatabase.existingSecret) }}true{{ end -}}
{{- end -}}

{{- define "votingsite.hasRedis" -}}
{{- if not .Values.externalRedis.existingSecret }}true{{ end -}}
{{- end -}}

{{- define "votingsite.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ index . 0 }}
runAsGroup: {{ index . 1 }}
fsGroup: {{ index . 1 }}
# Our volumes are made with the right group: files of a store are not walked through at each start.
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "votingsite.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What all pods of our image begin with: (list $ "vote") */}}
{{- define "votingsite.pod" -}}
{{- $ := index . 0 -}}
{{- with $.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ include "votingsite.fullname" $ }}
automountServiceAccountToken: false
# A Service's address in the environment would look like a setting of ours.
enableServiceLinks: false
securityContext:
  {{- include "votingsite.podSecurity" (list 10001 10001) | nindent 2 }}
{{- end -}}

{{- define "votingsite.container" -}}
image: {{ include "votingsite.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- include "votingsite.containerSecurity" . | nindent 2 }}
{{- end -}}

{{/* The environment of all parts; secrets are files. */}}
{{- define "votingsite.environment" -}}
{{- $name := include "votingsite.fullname" . -}}
{{- $hosts := concat .Values.hosts (list "localhost" "127.0.0.1" "own-addresses") -}}
{{- if .Values.worker.keda.enabled -}}
{{- $hosts = append $hosts (printf "%s-vote.%s.svc" $name .Release.Namespace) -}}
{{- end -}}
env:
  - {name: SECRET_KEY_FILE, value: /data/secrets/secret_key}
  - {name: SECRET_KEY_FALLBACKS_FILE, value: /data/secrets/secret_key_fallbacks}
  - {name: DATABASE_URL_FILE, value: /data/secrets/database_url}
  - {name: REDIS_URL_FILE, value: /data/secrets/redis_url}
  # Probes and Prometheus ask for a pod by its own address.
  - {name: ALLOWED_HOSTS, value: {{ join "," $hosts | quote }}}
  - {name: TRUSTED_PROXIES, value: {{ join "," .Values.trustedProxies | quote }}}
  - {name: HTTPS, value: {{ ternary "on" "off" .Values.https | quote }}}
  {{- with .Values.hosts }}
  {{- $url := printf "%s://%s" (ternary "https" "http" $.Values.https) (first .) }}
  - {name: VOTE_URL, value: {{ $url | quote }}}
  - {name: RESULT_URL, value: {{ $url | quote }}}
  {{- end }}
  {{- with .Values.otel.endpoint }}
  - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
  {{- end }}
  {{- range $name, $value := .Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
{{- end -}}

{{/* Variables that name the files of a Secret: (list "/data/settings" keys) */}}
{{- define "votingsite.files" -}}
{{- $folder := index . 0 -}}
{{- range index . 1 }}
- {name: {{ . }}_FILE, value: {{ $folder }}/{{ . }}}
{{- end }}
{{- end -}}

{{/* Secrets of that part, and a place to write: (list $ "vote") */}}
{{- define "votingsite.mounts" -}}
volumeMounts:
  - {name: secrets, mountPath: /data/secrets, readOnly: true}
  - {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "votingsite.volumes" -}}
volumes:
  - name: secrets
    secret:
      secretName: {{ include "votingsite.secret" (index . 0) }}-{{ index . 1 }}
      defaultMode: 0440
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
{{- end -}}

{{/* Pods of one part lie apart, as far as there are nodes and zones: (list $ "vote") */}}
{{- define "votingsite.spread" -}}
topologySpreadConstraints:
  {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "votingsite.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end -}}

{{/* The stores lie apart, where there are nodes: votes go through the one while the other moves. */}}
{{- define "votingsite.apart" -}}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: votingsite
              app.kubernetes.io/instance: {{ .Release.Name }}
            matchExpressions:
              - {key: app.kubernetes.io/component, operator: In, values: [redis, db]}
{{- end -}}

{{- define "votingsite.placement" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Waits for the Job `migrate` of this version; at most a minute, since votes need no Postgres. */}}
{{- define "votingsite.awaitMigration" -}}
initContainers:
  - name: migrated
    {{- include "votingsite.container" . | nindent 4 }}
    args: [migrated]
    {{- include "votingsite.environment" . | nindent 4 }}
    {{- include "votingsite.mounts" . | nindent 4 }}
    resources:
      {{- toYaml .Values.worker.resources | nindent 6 }}
{{- end -}}

{{/* A Job that an install makes, and that an upgrade runs first, as a hook. Its name has its content: a Job can't be
     changed, and `kubectl apply` of a new version makes a new one. (list $ "migrate" weight spec) */}}
{{- define "votingsite.job" -}}
{{- $ := index . 0 -}}
{{- $part := index . 1 -}}
apiVersion: batch/v1
kind: Job
metadata:
  {{- $end := ternary (index . 3 | sha256sum | trunc 8) (printf "%d" $.Release.Revision) $.Release.IsInstall }}
  name: {{ include "votingsite.fullname" $ }}-{{ $part }}-{{ $end }}
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "votingsite.selector" (list $ $part) | nindent 4 }}
    app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
  {{- if $.Release.IsUpgrade }}
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-weight: {{ index . 2 | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
  {{- end }}
spec:
  # A store may be slow to start, and the API to be reached.
  backoffLimit: 10
  activeDeadlineSeconds: 900
  template:
    metadata:
      labels:
        {{- include "votingsite.selector" (list $ $part) | nindent 8 }}
    spec:
      restartPolicy: OnFailure
      {{- index . 3 | nindent 6 }}
{{- end -}}
