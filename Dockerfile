# The agent alone; flows/ and prompts/ may be mounted over those that ship with it.
FROM python:3.11-slim-bookworm AS build
RUN pip install --no-cache-dir uv
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY callagent callagent
COPY flows flows
COPY prompts prompts
# What is not in the package itself: providers, buckets, a database, pictures of calls; fewer make a smaller image:
# --build-arg EXTRAS="edge whisper"
ARG EXTRAS="anthropic edge elevenlabs pictures piper postgres s3 whisper"
RUN uv sync --frozen --no-dev --no-editable $(for extra in $EXTRAS; do printf -- ' --extra %s' "$extra"; done)

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 callagent \
 && install --directory --owner=callagent /app /app/recordings /home/callagent/.cache/callagent
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY flows flows
COPY prompts prompts
ENV PATH=/app/.venv/bin:$PATH CALLAGENT_HOST=0.0.0.0
USER callagent
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["python", "-c", "import os, urllib.request as u; e = os.environ; p = e.get('CALLAGENT_PORT') or e.get('PORT') or 8080; u.urlopen(f'http://127.0.0.1:{p}/ready', timeout=2)"]
# Calls are given time to end before the container is stopped; see stop_grace_period in docker-compose.yml.
STOPSIGNAL SIGTERM
CMD ["callagent", "serve"]
