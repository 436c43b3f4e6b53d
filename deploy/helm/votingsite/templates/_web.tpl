{{/* Deployment and Service of a web service: (list $ "vote" 8080) */}}
{{- define "votingsite.web" -}}
{{- $ := index . 0 -}}
{{- $part := index . 1 -}}
{{- $port := index . 2 -}}
{{- $it := index $.Values $part -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "votingsite.metadata" (list $ $part) | nindent 2 }}
spec:
  {{- if not $it.autoscaling.enabled }}
  replicas: {{ $it.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  # A new pod answers before an old one goes.
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  minReadySeconds: 5
  selector:
    matchLabels:
      {{- include "votingsite.selector" (list $ $part) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "votingsite.selector" (list $ $part) | nindent 8 }}
    spec:
      {{- include "votingsite.pod" (list $ $part) | nindent 6 }}
      # Ten to be taken out of the Service, three to answer what has begun, and some to spare.
      terminationGracePeriodSeconds: 30
      {{- include "votingsite.spread" (list $ $part) | nindent 6 }}
      {{- include "votingsite.placement" $it | nindent 6 }}
      {{- include "votingsite.awaitMigration" $ | nindent 6 }}
      containers:
        - name: {{ $part }}
          {{- include "votingsite.container" $ | nindent 10 }}
          args: [{{ $part }}]
          {{- include "votingsite.environment" $ | nindent 10 }}
            - {name: {{ upper $part }}_PROCESSES, value: {{ $it.processes | quote }}}
            - {name: METRICS_TOKEN_FILE, value: /data/secrets/metrics_token}
            {{- with $.Values.settingsSecret }}
            {{- if .name }}
            {{- include "votingsite.files" (list "/data/settings" .keys) | nindent 12 }}
            {{- end }}
            {{- end }}
          ports:
            - {name: http, containerPort: {{ $port }}}
          # It answers while only one store does, and tells a pod that is ready from one that is alive.
          startupProbe:
            httpGet: {path: /healthz, port: http}
            periodSeconds: 2
            timeoutSeconds: 4
            failureThreshold: 45
          readinessProbe:
            httpGet: {path: /readyz, port: http}
            periodSeconds: 5
            timeoutSeconds: 4
            failureThreshold: 3
          # Touches no store: to start it again would mend none.
          livenessProbe:
            httpGet: {path: /healthz, port: http}
            periodSeconds: 10
            timeoutSeconds: 4
            failureThreshold: 6
          # It goes on answering until nobody is sent here any more; then screens are told to connect elsewhere.
          lifecycle:
            preStop:
              sleep: {seconds: 10}
          resources:
            {{- toYaml $it.resources | nindent 12 }}
          {{- include "votingsite.mounts" $ | nindent 10 }}
            {{- if $.Values.settingsSecret.name }}
            - {name: settings, mountPath: /data/settings, readOnly: true}
            {{- end }}
      {{- include "votingsite.volumes" (list $ $part) | nindent 6 }}
        {{- with $.Values.settingsSecret.name }}
        - name: settings
          secret:
            secretName: {{ . }}
            defaultMode: 0440
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "votingsite.metadata" (list $ $part) | nindent 2 }}
spec:
  selector:
    {{- include "votingsite.selector" (list $ $part) | nindent 4 }}
  ports:
    - {name: http, port: {{ $port }}, targetPort: http}
{{- end -}}
