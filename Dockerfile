# Two images: `--target serve` only serves; the other, the default, also builds and lets editors write.
# See compose.yaml for both. For releases pin the base by digest: --build-arg PYTHON_IMAGE=python:3.11-slim@sha256:…
ARG PYTHON_IMAGE=python:3.11-slim

# The project's wheel, made with the locked build backend.
FROM ${PYTHON_IMAGE} AS wheel
WORKDIR /src
COPY requirements-package.txt ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-package.txt
COPY pyproject.toml README.md LICENSE ./
COPY indexer indexer
COPY service service
RUN hatchling build --target wheel --directory /dist

# The environment that serves: locked wheels and ours, no pip, and no tests or types of libraries.
FROM ${PYTHON_IMAGE} AS serving
RUN python -m venv --without-pip /opt/seealso
COPY requirements-serve.txt /src/
RUN pip --python /opt/seealso/bin/python install --no-cache-dir --no-compile \
      --require-hashes --only-binary :all: -r /src/requirements-serve.txt \
 && find /opt/seealso/lib \( -type d -name tests -o -name '*.pyi' \) -prune -exec rm -r {} +
COPY --from=wheel /dist/*.whl /dist/
# The file system is read-only later on, so bytecode is made here, and trusted whatever a file's date says.
RUN pip --python /opt/seealso/bin/python install --no-cache-dir --no-compile --no-index --no-deps /dist/*.whl \
 && python -W ignore -m compileall -q --invalidation-mode unchecked-hash /opt/seealso/lib

# The same, with what builds.
FROM serving AS building
ARG REQUIREMENTS=requirements.txt
COPY ${REQUIREMENTS} /src/requirements.txt
RUN pip --python /opt/seealso/bin/python install --no-cache-dir --no-compile \
      --require-hashes --only-binary :all: -r /src/requirements.txt \
 && find /opt/seealso/lib \( -type d -name tests -o -name '*.pyi' \) -prune -exec rm -r {} + \
 && python -W ignore -m compileall -q --invalidation-mode unchecked-hash /opt/seealso/lib

# Whom it runs as, and what it is told.
FROM ${PYTHON_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="See Also" \
      org.opencontainers.image.description="Search and related posts for Markdown sites" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# An empty named volume takes owner and mode from the directory that it is mounted on.
RUN groupadd --gid 10001 seealso \
 && useradd --uid 10001 --gid seealso --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin seealso \
 && install -d -o seealso -g seealso -m 0755 /content /index /etc/seealso
# One BLAS thread: the products here are sparse, and a thread pool would only eat into the process limit.
ENV PATH=/opt/seealso/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    SEEALSO_CONTENT_DIRECTORY=/content \
    SEEALSO_INDEX_DIRECTORY=/index \
    SEEALSO_EDITING_DIRECTORY=/editing \
    SEEALSO_SERVICE_HOST=0.0.0.0 \
    SEEALSO_SERVICE_PORT=8000
USER 10001:10001
# A seealso.toml mounted here is read.
WORKDIR /etc/seealso
# Not /editing: what is dismissed where nothing is mounted is refused, and not lost with a volume without a name.
VOLUME ["/content", "/index"]
EXPOSE 8000
# Without ProxyHandler({}) an HTTP_PROXY meant for elsewhere would be asked for our own address.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import os; from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:' + os.environ['SEEALSO_SERVICE_PORT'] + '/healthz', timeout=3)"]
ENTRYPOINT ["seealso"]
CMD ["serve"]

FROM runtime AS serve
COPY --from=serving /opt/seealso /opt/seealso

FROM runtime
COPY --from=building /opt/seealso /opt/seealso
