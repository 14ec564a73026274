# A small image that runs without root: the one binary, time zones, a folder for its data, nothing else to configure.
# Needs BuildKit, which Docker 23 and newer build with.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
# What was compiled for the build before stays in these caches, so that a change of the source compiles Marquee alone.
# Cargo goes by the times of files, which say nothing here: it is told that Marquee itself changed.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    touch build.rs src/lib.rs src/main.rs \
    && cargo build --locked --release \
    && strip -o /marquee target/release/marquee

FROM debian:bookworm-slim
# Tickets on paper have Latin letters of their own. For names in others:
# docker build --build-arg FONTS="fonts-noto-core fonts-noto-cjk" .
ARG FONTS=""
RUN apt-get update \
    && apt-get install -y --no-install-recommends tzdata ${FONTS} \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 marquee \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin marquee \
    && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /marquee /usr/local/bin/marquee
# As numbers, so that Kubernetes' runAsNonRoot can see that this is not root.
USER 10001:10001
VOLUME /data
WORKDIR /data
ENV MARQUEE_ENV=production MARQUEE_ADDR=0.0.0.0:8080 MARQUEE_DATA_DIR=/data MARQUEE_LOG_FORMAT=json \
    MARQUEE_LOG=info,requests=debug
EXPOSE 8080
# A container of `marquee work` serves nobody: run it with --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["marquee", "health"]
# SIGTERM ends open requests and jobs first, which may take 20 seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["marquee"]
