# syntax=docker/dockerfile:1
# The operator's image: what the repository runs, with production dependencies, the pulumi CLI, provider plugins and compiled
# policies inside. It needs no writable root: everything it writes goes to /tmp.
#
# Give the base by digest, so that two builds are of one base (the release workflow does):
#   docker build --build-arg NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim@sha256:... .
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

# Production dependencies alone, exactly as locked.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /opt/dharma/app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts

# The pulumi and opa CLIs of the tools manifest (SHA-256 checked), the plugins of the SDKs' versions, the policies compiled.
FROM ${NODE_IMAGE} AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/dharma/app
COPY --from=dependencies /opt/dharma/app/node_modules node_modules
COPY package.json package-lock.json ./
COPY scripts scripts
COPY src src
COPY policies policies
ENV DHARMA_CACHE=/build
RUN node src/local/tools/main.ts pulumi opa > /build/tools.json
RUN mkdir -p /opt/dharma/bin /opt/dharma/pulumi \
    && cp /build/tools/pulumi/*/pulumi /opt/dharma/bin/pulumi \
    && cp /build/tools/opa/*/opa /opt/dharma/bin/opa \
    && export PULUMI_HOME=/build/pulumi PULUMI_SKIP_UPDATE_CHECK=true \
    && /opt/dharma/bin/pulumi plugin install resource aws 7.48.0 \
    && /opt/dharma/bin/pulumi plugin install resource azure-native 3.28.0 \
    && /opt/dharma/bin/pulumi plugin install resource gcp 9.37.0 \
    && mv /build/pulumi/plugins/resource-*-v*[0-9] /opt/dharma/pulumi/
RUN node scripts/build-policies.ts /build/tools/opa/*/opa

FROM ${NODE_IMAGE}
# tini reaps what a killed worker leaves behind, and passes signals on.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates tini \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/dharma/app
COPY --from=dependencies /opt/dharma/app/node_modules node_modules
COPY --from=build /opt/dharma/bin /opt/dharma/bin
COPY --from=build /opt/dharma/pulumi /opt/dharma/pulumi
COPY --from=build /opt/dharma/app/dist/policies dist/policies
COPY package.json LICENSE ./
COPY src src
COPY policies policies
COPY models models
COPY crds crds
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/tmp/node-compile-cache \
    HOME=/tmp \
    PATH=/opt/dharma/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
USER 65532:65532
EXPOSE 8080 8081 9443
LABEL org.opencontainers.image.title="Dharma" \
      org.opencontainers.image.licenses="Apache-2.0"
# What bin/dharma runs, under this image's Node: `dharma operator`, `dharma plan`, ...
ENTRYPOINT ["/usr/bin/tini", "--", "node", "--max-semi-space-size=4", "/opt/dharma/app/src/cli/main.ts"]
CMD ["operator"]
