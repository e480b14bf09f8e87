# One image for every service; the command picks which.
FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock README.md ./
COPY packages/client ./packages/client
COPY packages/x12 ./packages/x12
RUN uv sync --frozen --no-dev --no-install-workspace --no-group tools
COPY shared ./shared
COPY services ./services
COPY recoup ./recoup
RUN uv sync --frozen --no-dev --no-editable --no-group tools

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home recoup
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 RECOUP_HOST=0.0.0.0
WORKDIR /app
USER 10001
ENTRYPOINT ["python", "-m"]
CMD ["services.gateway.main"]
