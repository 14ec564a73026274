# A small image that runs without root: the one binary, a folder for its data, and nothing else to configure.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --release && strip target/release/marquee

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data marquee && install -d -o marquee -m 0750 /data
COPY --from=build /src/target/release/marquee /usr/local/bin/marquee
USER marquee
VOLUME /data
WORKDIR /data
ENV MARQUEE_ENV=production MARQUEE_ADDR=0.0.0.0:8080 MARQUEE_DATA_DIR=/data MARQUEE_LOG_FORMAT=json \
    MARQUEE_LOG=info,requests=debug
EXPOSE 8080
# SIGTERM ends open requests and jobs first, which may take 20 seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["marquee"]
