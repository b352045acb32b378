"""The queue server: ElasticMQ. It keeps all messages in memory."""
from pathlib import Path

from azul.local.artifacts import ELASTICMQ, fetch
from azul.local.java import JAVA
from azul.local.ports import HOST
from azul.local.process import Child, get

REGION = 'elasticmq'
"""The region in its ARNs. It accepts any in signatures."""

_CONFIGURATION = """
include classpath("application.conf")
node-address {{ protocol = http, host = "{host}", port = {port}, context-path = "" }}
rest-sqs {{ enabled = true, bind-port = {port}, bind-hostname = "{host}", sqs-limits = strict }}
# Would listen on a fixed port of all interfaces
rest-stats {{ enabled = false }}
"""


def start_queues(port: int, run: Path, cache: Path, heap: str = '256m') -> Child:
    """
    Start a server without queues; wait for it with `Child.wait`.

    :param run: an existing folder
    :param cache: where programs are kept
    :param heap: the most that Java may use for objects
    """
    jars = fetch(ELASTICMQ, cache)
    configuration = run / 'queues.conf'
    configuration.write_text(_CONFIGURATION.format(host=HOST, port=port))
    command = [*JAVA, f'-Xmx{heap}', f'-Dconfig.file={configuration}',
               '-cp', f'{jars}/*', 'org.elasticmq.server.Main']

    def ready(child: Child) -> bool:
        # Where it does not get its port it complains, but lives on: then an answer would be somebody else's.
        if 'Started SQS rest server' not in child.log.read_text(errors='replace'):
            return False
        answer = get(child.url, '/?Action=ListQueues')
        return answer is not None and answer.ok and 'ListQueuesResult' in answer.text

    return Child('queues', command, port=port, run=run, environment={}, ready=ready)
