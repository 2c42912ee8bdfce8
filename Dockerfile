# The dashboard, its job worker and its live worker in one image; which of them runs is the command:
#
#     docker build -t session-predictor .
#     docker run --rm session-predictor --help
#
# docs/deploying.md says how they work together. EXTRAS are more files of requirements:
#     docker build --build-arg EXTRAS="requirements-s3.txt requirements-apprise.txt" .

# Debian's own versions of the day: security updates come with each build.
# hadolint global ignore=DL3008

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements*.txt ./
ARG EXTRAS=""
RUN python3 -m venv /opt/venv \
 && for file in requirements.txt $EXTRAS; do /opt/venv/bin/pip install --no-cache-dir -r "$file" || exit 1; done \
 && /opt/venv/bin/pip uninstall --yes pip setuptools

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 predictor \
 && useradd --uid 10001 --gid predictor --home-dir /tmp --no-create-home --shell /usr/sbin/nologin predictor \
 && install -d -m 0700 -o predictor -g predictor /data /data/shop /data/models
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY app.py gunicorn.conf.py LICENSE pyproject.toml requirements.txt ./
COPY assets assets
COPY components components
COPY core core
COPY models/demo-shop models/demo-shop
COPY pages pages
COPY deploy/container-entrypoint /usr/local/bin/container-entrypoint
RUN /opt/venv/bin/python -m compileall -q app.py components core pages

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    PREDICTOR_DATA_DIR=/data/shop \
    PREDICTOR_MODELS_DIR=/data/models \
    PREDICTOR_HOST=0.0.0.0 \
    PREDICTOR_PORT=8050 \
    PREDICTOR_LOG_FORMAT=json
# By number: where names aren't looked up, this still is nobody with rights.
USER 10001:10001
VOLUME /data
EXPOSE 8050
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 CMD ["python", "-m", "core", "alive"]
ENTRYPOINT ["container-entrypoint"]
CMD ["serve"]
