"""Run the API under uvicorn: one process or several on one port."""

import os

import uvicorn

from kit import logging
from serving.settings import ServingSettings

HOST = "127.0.0.1"


def environment(settings: ServingSettings) -> dict[str, str]:
    """The variables from which a worker makes the same settings."""
    urls = settings.urls()
    given: dict[str, str] = {"PAYBAND_STORE": str(settings.store)}
    if urls is not None:
        given |= {"PAYBAND_DATABASE_URL": urls[0], "PAYBAND_DATABASE_OWNER_URL": urls[1]}
    return given


def serve(settings: ServingSettings, port: int, *, workers: int = 1, host: str = HOST) -> None:
    """Serve until a signal ends it; open requests are finished first. Blocks."""
    os.environ.update(environment(settings))  # workers are new processes that read the environment
    logging.set_up(as_json=settings.log_json)
    uvicorn.run(
        "serving.worker:app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=settings.access_log,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
