"""The stand-in for all of AWS but its queues: the moto server. It keeps everything in memory."""
import os
import sys
from pathlib import Path

from azul.local.ports import HOST
from azul.local.process import Child, get

CREDENTIALS = {'AWS_ACCESS_KEY_ID': 'local', 'AWS_SECRET_ACCESS_KEY': 'local'}
"""The stand-ins accept any, but clients want some."""

ENVIRONMENT = {
    **CREDENTIALS,
    'AWS_DEFAULT_REGION': 'us-east-1',
    # Nothing of the user's own, be it for clouds that would cost money or for a laptop without any
    'AWS_CONFIG_FILE': os.devnull,
    'AWS_SHARED_CREDENTIALS_FILE': os.devnull,
    'AWS_EC2_METADATA_DISABLED': 'true'
}
"""For processes whose AWS clients are to talk to stand-ins only."""


def start_aws(port: int, run: Path) -> Child:
    """
    Start an empty AWS; wait for it with `Child.wait`.

    :param run: an existing folder
    """
    command = [sys.executable, '-m', 'moto.server', '-H', HOST, '-p', str(port)]

    def ready(child: Child) -> bool:
        answer = get(child.url, '/moto-api/')
        return answer is not None and answer.ok

    return Child('aws', command, port=port, run=run, environment=ENVIRONMENT, ready=ready)
