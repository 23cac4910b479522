"""Run the API under uvicorn: one process or several on one port."""

import os

import uvicorn

from kit import logging
from kit.settings import variables
from serving.limits.addresses import PER_ADDRESS
from serving.limits.rates import check
from serving.settings import ServingSettings

HOST = "127.0.0.1"


def environment(settings: ServingSettings, workers: int, address: str) -> dict[str, str]:
    """The variables from which a worker makes the same settings; `address` is where people reach us if nobody said."""
    urls = settings.urls()
    public = settings.public_url if "public_url" in settings.model_fields_set else address
    own = {"PAYBAND_STORE": str(settings.store), "PAYBAND_API_WORKERS": str(workers), "PAYBAND_PUBLIC_URL": public}
    return own | (variables(urls) if urls is not None else {})


def serve(settings: ServingSettings, port: int, *, workers: int = 1, host: str = HOST, fd: int | None = None) -> None:
    """Serve until a signal ends it; open requests are finished first. Blocks.

    `fd` is a socket that listens there already.
    """
    check(workers, settings.redis_url, [each.policies for each in PER_ADDRESS])
    address = f"http://{host}:{port}"
    os.environ.update(environment(settings, workers, address))  # workers are new processes that read the environment
    logging.set_up(as_json=settings.log_json)
    uvicorn.run(
        "serving.worker:app",
        factory=True,
        host=host,
        port=port,
        fd=fd,
        workers=workers,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=settings.access_log,
        server_header=False,
        proxy_headers=False,  # uvicorn would believe whoever connects from this machine; see limits/addresses.py
        timeout_graceful_shutdown=10,
    )
