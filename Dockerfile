# docker build -t my-api . && docker run -p 8080:8080 my-api            (docs/deploying.md)

# Compiles, and stays behind.
FROM debian:bookworm-slim AS build
WORKDIR /src
# The packages in a layer of their own: it is made again only where they change. (functions/packages.txt may be empty.)
COPY stile ./
COPY functions/packages.txt functions/
RUN ./stile build --install-only
COPY . .
RUN ./stile build --no-install && cmake --install build/release --prefix /opt/stile \
 && find /opt/stile -type f -perm -100 -exec strip {} + \
 && deploy/runtime-packages /opt/stile >/runtime-packages

# What runs: nginx, the libraries that the programs link, certificates for what functions ask of others.
FROM debian:bookworm-slim
COPY --from=build /runtime-packages /tmp/
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nginx ca-certificates $(cat /tmp/runtime-packages) \
 && rm -rf /tmp/runtime-packages /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log /var/www \
 && install -d -m 1777 /var/lib/stile
COPY --from=build /opt/stile /opt/stile
# Whoever it runs as makes folders of its own in these two: a tmpfs and a volume will do.
ENV PATH=/opt/stile/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    STILE_BIND=0.0.0.0 STILE_RUN_DIR=/tmp/stile STILE_STATE_DIR=/var/lib/stile/data \
    STILE_KEYS_FILE=/var/lib/stile/keys.json \
    STILE_DRAIN_TIMEOUT=8s
WORKDIR /opt/stile
USER 65532:65532
EXPOSE 8080
VOLUME /var/lib/stile
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["stile", "health"]
ENTRYPOINT ["stile"]
CMD ["serve"]
