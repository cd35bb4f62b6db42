# One image, two roles: `worker` and `api`. Debian's glibc, because the Temporal SDK has no binary for musl.
# Version tags are exact; digests are not pinned (docs/compose.md says why and how).
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
# The SDK's one package carries a native library for each of five platforms; the image keeps its own.
RUN npm run build \
  && npm prune --omit=dev --no-audit --no-fund \
  && node compose/keep-own-platform.mjs node_modules/@temporalio/core-bridge/releases

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 3000
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["api"]
