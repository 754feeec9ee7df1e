# syntax=docker/dockerfile:1

# Builds the package from the checkout.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY apps/gateway/package.json apps/gateway/
COPY apps/dashboard/package.json apps/dashboard/
COPY packages/db/package.json packages/db/
COPY packages/events/package.json packages/events/
COPY packages/sdk/package.json packages/sdk/
RUN npm ci --no-audit --no-fund
COPY tsconfig.json LICENSE README.md README.zh-CN.md ./
COPY scripts scripts
COPY docs docs
COPY packages packages
COPY apps apps
RUN npm run pack -- --out /packed

# Holds what runs, and nothing it was built with.
FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates tini \
  && rm -rf /var/lib/apt/lists/*
# The package brings a Node of its own as an optional dependency; this image has one.
RUN --mount=type=bind,from=build,source=/packed,target=/packed \
  npm install --prefix /opt/openclaw --omit=optional --no-audit --no-fund /packed/*.tgz \
  && npm cache clean --force \
  && install -d -o node -g node -m 0700 /var/lib/openclaw
ENV PATH=/opt/openclaw/node_modules/.bin:$PATH \
  NODE_ENV=production \
  OPENCLAW_STATE_DIR=/var/lib/openclaw \
  MALLOC_ARENA_MAX=2
USER node
WORKDIR /var/lib/openclaw
VOLUME /var/lib/openclaw
EXPOSE 18789
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["openclaw", "health"]
# tini hands signals on and buries the processes that tools leave behind.
ENTRYPOINT ["tini", "--", "openclaw"]
CMD ["gateway", "run", "--bind", "lan"]
