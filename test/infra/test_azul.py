"""Azul itself: it is made with its real packages, is then as declared, and goes without a trace, in any order."""
import shutil

import pytest

from fixtures.checkout import ROOT, Checkout
from fixtures.deployed import BUCKET, HOSTS, NO_HOSTS, Deployed, client, complete


@pytest.fixture
def prepared(account: str) -> str:
    """An account with what there has to be before."""
    client('s3', account).create_bucket(Bucket=BUCKET)
    return account


@pytest.fixture
def sources(checkout: Checkout) -> Checkout:
    complete(checkout)
    return checkout


def test_without_a_bucket_for_its_state_nothing_is_begun(sources: Checkout, account: str):
    deployed = Deployed(sources, account, 'example', **NO_HOSTS)
    done = sources.run('make -C terraform auto_apply')
    assert done.returncode != 0
    assert f'AZUL_TERRAFORM_BACKEND_BUCKET: there is no bucket {BUCKET}. Nothing was changed.' in done.stderr
    assert deployed.left() == {}
    assert not (sources.folder / 'terraform' / 'indexer' / 'deployment.zip').exists()


def test_an_account_that_does_not_answer_is_not_waited_for(sources: Checkout):
    Deployed(sources, 'http://127.0.0.1:1', 'example', **NO_HOSTS)
    done = sources.run('make -C terraform auto_apply')
    assert done.returncode != 0
    assert 'State of Terraform' in done.stderr
    assert 'Nothing was changed' in done.stderr


@pytest.mark.infra
@pytest.mark.timeout(1800)
@pytest.mark.parametrize('name', ['dev', 'sandbox', 'prod', 'personal'])
def test_a_deployment_comes_changes_and_goes(name: str, sources: Checkout, prepared: str):
    if name == 'personal':
        personal = sources.folder / 'deployments' / name
        shutil.copytree(ROOT / 'deployments' / '.example.local', personal)
        text = (personal / 'environment').read_text()
        (personal / 'environment').write_text(text.replace('CHANGE_THIS', 'otter'))
    deployed = Deployed(sources, prepared, name)
    settings = sources.settings()
    for zone in zones(settings):
        client('route53', prepared).create_hosted_zone(Name=zone, CallerReference=zone)
    shared = settings.get('AZUL_SHARE_ES_DOMAIN') == '1'
    if shared:
        # Without these the provider falls over what the stand-in says of it.
        client('es', prepared).create_elasticsearch_domain(
            DomainName=settings['AZUL_ES_DOMAIN'],
            EBSOptions={'EBSEnabled': True, 'VolumeType': 'gp2', 'VolumeSize': 70},
            ElasticsearchClusterConfig={'InstanceCount': 2, 'InstanceType': 'r4.2xlarge.elasticsearch'})
    before = deployed.left()

    deployed.make('-C terraform auto_apply')
    deployed.make('-C lambdas package')
    assert deployed.planned() == {}

    stage = settings['AZUL_DEPLOYMENT_STAGE']
    made = deployed.left()
    assert len(made['functions']) == 5
    assert len(made['queues']) == 6
    assert len(made['hosts']) == (3 if settings.get('AZUL_DRS_DOMAIN_NAME') else 2)
    assert ('domains' in before) == shared
    assert [each for kind in ('functions', 'secrets', 'roles', 'apis') for each in made[kind]
            if stage not in each.replace('/', '-').split('-')] == []

    deployed.select(AZUL_INDEXER_CONCURRENCY='32')
    assert deployed.planned() == {
        f'module.{mapping}': ['update'] for mapping in (
            'indexer.aws_lambda_event_source_mapping.aggregate', 'indexer.aws_lambda_event_source_mapping.contribute',
            'service.aws_lambda_event_source_mapping.work')
    }

    deployed.make('-C terraform auto_destroy delay=0')
    assert deployed.left() == before


@pytest.mark.infra
@pytest.mark.timeout(1800)
@pytest.mark.parametrize('order', [('lambdas', 'terraform'), ('terraform', 'lambdas')], ids='-'.join)
def test_a_deployment_goes_in_any_order(order: tuple[str, str], sources: Checkout, prepared: str):
    deployed = Deployed(sources, prepared, 'example', **HOSTS, AZUL_ES_ENDPOINT='127.0.0.1:1')
    for zone in zones(HOSTS):
        client('route53', prepared).create_hosted_zone(Name=zone, CallerReference=zone)
    deployed.make('-C terraform auto_apply')
    commands = {'lambdas': 'echo yes | make -C lambdas delete', 'terraform': 'echo yes | make -C terraform destroy'}
    deployed.checkout.does(commands[order[0]])
    left = deployed.left()
    assert not left.keys() & {'functions', 'apis', 'sources'}
    assert ('queues' in left) == (order[0] == 'lambdas')
    deployed.checkout.does(commands[order[1]])
    assert deployed.left() == {}


def zones(settings: dict[str, str]) -> set[str]:
    """The hosted zones that have to be there."""
    wanted = {settings['AZUL_DOMAIN_NAME'], settings.get('AZUL_URL_REDIRECT_BASE_DOMAIN_NAME', ''),
              settings.get('AZUL_DRS_DOMAIN_NAME', '').partition('.')[2]}
    return wanted - {''}
