# Build the bundles first: npm ci && npm run build
FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git ca-certificates openssh-client \
 && rm -rf /var/lib/apt/lists/*
COPY dist/sluice.mjs /usr/local/bin/sluice
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/sluice"]
CMD ["controller"]
