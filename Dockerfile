# The image in which GitLab tests and deploys; see .gitlab-ci.yml. The checkout is not part of it.
FROM hashicorp/terraform:1.11.4 AS terraform

FROM python:3.11-bookworm

# `make` and `git` come with the base.
COPY --from=terraform /bin/terraform /usr/local/bin/terraform

WORKDIR /build

# The provider of AWS, without which the tests would fail where there is a Terraform. The version is that of the module.
COPY src/azul/infra/component.py provider/
RUN cd provider \
    && version=$(sed -n "s/^PROVIDER = '\(.*\)'$/\1/p" component.py) \
    && echo "{\"terraform\": {\"required_providers\": {\"aws\": {\"source\": \"hashicorp/aws\", \"version\": \"$version\"}}}}" \
        > provider.tf.json \
    && terraform providers mirror /build/providers
ENV AZUL_TEST_TERRAFORM_PLUGINS=/build/providers

# With the makefile's own means, so that a job finds what it needs up to date.
COPY Makefile common.mk requirements.txt requirements.dev.txt requirements.checkov.txt ./
RUN mkdir .cache && make venv checkov
