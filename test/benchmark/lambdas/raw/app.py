"""A service that does nothing: it sends what it is given to the engine, and sends back what it gets."""
import urllib3
from chalice.app import Chalice, Response

from azul.config import Config

app = Chalice('raw')
host, port = Config.load().es_endpoint.split(':')
engine = urllib3.HTTPConnectionPool(host, int(port), maxsize=32)


@app.route('/raw', methods=['POST'])
def raw() -> Response:
    request = app.current_request
    assert request is not None
    assert request.query_params is not None
    answer = engine.urlopen('POST', request.query_params['path'], body=request.raw_body,  # type: ignore[no-untyped-call]
                            headers={'Content-Type': 'application/json'})
    return Response(answer.data.decode(), {'Content-Type': 'application/json'}, answer.status)
