# docker build -t onestop . && docker run -p 8080:8080 -p 2525:2525 -v onestop:/var/lib/onestop onestop
# The first stage installs from the locks with their hashes and builds the web part; the second only runs.
FROM python:3.11-slim AS build
WORKDIR /src
COPY locks/run.txt locks/
RUN python -m venv /opt/onestop \
 && /opt/onestop/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r locks/run.txt
COPY . .
RUN /opt/onestop/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/onestop --create-home onestop
COPY --from=build /opt/onestop /opt/onestop
ENV PATH=/opt/onestop/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ONESTOP_DATA_DIR=/var/lib/onestop \
    ONESTOP_HTTP=0.0.0.0:8080 \
    ONESTOP_SMTP=0.0.0.0:2525 \
    ONESTOP_LOG_FORMAT=json
USER onestop
WORKDIR /var/lib/onestop
VOLUME /var/lib/onestop
EXPOSE 8080 2525
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["onestop", "serve"]
