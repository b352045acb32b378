"""A lambda that does a bit of everything that ours do, for the tests of what runs them."""
import json
import os
import time
from pathlib import Path
from typing import Any

from chalice.app import BadRequestError, Chalice, Response, SQSEvent

app = Chalice('mini')


@app.route('/', cors=True)
def root() -> object:
    return {'environment': dict(os.environ)}


@app.route('/echo', methods=['GET', 'POST', 'HEAD'], cors=True)
def echo() -> object:
    request = app.current_request
    assert request is not None
    time.sleep(float(request.query_params['pause'] if request.query_params and 'pause' in request.query_params else 0))
    # After the pause, when others have come in between
    request = app.current_request
    assert request is not None
    return {'query': request.query_params, 'body': request.json_body if request.raw_body else None}


@app.route('/large/{length}', cors=True)
def large(length: str) -> object:
    return Response('x' * int(length), headers={'Content-Type': 'text/plain'})


@app.route('/unchanged', cors=True)
def unchanged() -> object:
    return Response('', status_code=304)


@app.route('/headed', methods=['HEAD'], cors=True)
def headed() -> object:
    return Response('', headers={'Content-Length': '7'})


@app.route('/bad', cors=True)
def bad() -> object:
    raise BadRequestError('not like that')


@app.route('/bug')
def bug() -> object:
    raise RuntimeError('a bug')


@app.on_sqs_message(queue=os.environ.get('MINI_QUEUE', 'mini'), batch_size=25, maximum_batching_window_in_seconds=1)
def receive(event: SQSEvent) -> Any:
    """Write down the batch, then do what the bodies of the messages say."""
    event_dict = event.to_dict()
    context: Any = event.context
    batch = {'event': event_dict, 'milliseconds': context.get_remaining_time_in_millis(), 'name': context.function_name}
    journal = Path(os.environ['MINI_JOURNAL'])
    with journal.open('a') as stream:
        stream.write(json.dumps(batch) + '\n')
    records = event_dict['Records']
    if any(record['body'] == 'raise' for record in records):
        raise RuntimeError('asked to')
    if any(record['body'] == 'malformed' for record in records):
        return {'batchItemFailures': [{'id': 'what'}]}
    if any(record['body'] == 'exit' for record in records):
        raise SystemExit
    return {'batchItemFailures': [{'itemIdentifier': record['messageId']}
                                  for record in records if record['body'].startswith('fail')]}


@app.schedule('rate(1 minute)')
def scheduled(event: object) -> None:
    raise AssertionError('nobody schedules on a laptop')
