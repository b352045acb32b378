"""A short run of Locust without its web UI."""
import subprocess
import sys
from pathlib import Path

import orjson

from benchmark.servers import ROOT

USERS = 50


def traffic(service: str, seconds: int, log: Path) -> tuple[int, int]:
    """
    :param service: URL
    :param log: what Locust says beside its figures
    :return: how many requests were made, and how many of them failed
    """
    with log.open('w') as stream:
        run = subprocess.run([sys.executable, '-m', 'locust', '-f', 'scripts/locust/service.py', '--host', service,
                              '--headless', '--json', '--only-summary', '--run-time', f'{seconds}s',
                              '--users', str(USERS), '--spawn-rate', str(USERS), '--stop-timeout', '30'],
                             cwd=ROOT, stdout=subprocess.PIPE, stderr=stream, check=False)
    # 1 is for requests that failed.
    assert run.returncode in (0, 1), log.read_text()
    figures = orjson.loads(run.stdout)
    print(f'\nLocust, {USERS} visitors for {seconds} s, milliseconds:\n\n{"":32}{"requests":>10}{"failures":>10}'
          f'{"mean":>10}{"longest":>10}')
    for each in figures:
        print(f'{each["name"]:32}{each["num_requests"]:10}{each["num_failures"]:10}'
              f'{each["total_response_time"] / max(1, each["num_requests"]):10.1f}{each["max_response_time"]:10.1f}')
    failed = sum(each['num_failures'] for each in figures)
    for line in log.read_text().splitlines():
        if failed or 'NOT EXERCISED' in line:
            print(line)
    return sum(each['num_requests'] for each in figures), failed
