"""The eras of the metadata schemas: which versions went together, in which layout, links and manifests."""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from samples.generator.chance import Chance

Layout = Literal['wrapped', 'separate']

KINDS = {
    'project': 'project',
    'donor_organism': 'biomaterial',
    'specimen_from_organism': 'biomaterial',
    'cell_suspension': 'biomaterial',
    'cell_line': 'biomaterial',
    'organoid': 'biomaterial',
    'imaged_specimen': 'biomaterial',
    'sequence_file': 'file',
    'analysis_file': 'file',
    'image_file': 'file',
    'supplementary_file': 'file',
    'process': 'process',
    'analysis_process': 'process/analysis',
    'dissociation_process': 'process/biomaterial_collection',
    'enrichment_process': 'process/biomaterial_collection',
    'library_preparation_process': 'process/sequencing',
    'sequencing_process': 'process/sequencing',
    'protocol': 'protocol',
    'analysis_protocol': 'protocol/analysis',
    'collection_protocol': 'protocol/biomaterial_collection',
    'differentiation_protocol': 'protocol/biomaterial_collection',
    'dissociation_protocol': 'protocol/biomaterial_collection',
    'enrichment_protocol': 'protocol/biomaterial_collection',
    'ipsc_induction_protocol': 'protocol/biomaterial_collection',
    'treatment_protocol': 'protocol/biomaterial_collection',
    'imaging_protocol': 'protocol/imaging',
    'imaging_preparation_protocol': 'protocol/imaging',
    'library_preparation_protocol': 'protocol/sequencing',
    'sequencing_protocol': 'protocol/sequencing',
}
"""Where the schema lies: its kind, for some with a second segment that `describedBy` has too."""


@dataclass(frozen=True)
class Release:
    """
    :param name: year and month; compares as a string, earlier is less
    :param layout: `wrapped`: one file per kind with a list; `separate`: one file per entity
    :param links: version of the schema of `links.json`
    :param manifest: the usual form of manifests, one of `samples.generator.manifest.FORMS`
    :param host: of the schemas' URLs
    :param versions: of each schema that the release has
    """
    name: str
    layout: Layout
    links: str
    manifest: str
    host: str
    versions: Mapping[str, str]

    @property
    def stitched(self) -> bool:
        """Whether bundles are no longer made by submitters but put together from what is known (the second DCP)."""
        return self.links >= '2'

    def described_by(self, schema: str) -> str:
        return f'{self.host}/type/{KINDS[schema]}/{self.versions[schema]}/{schema}'

    def moment(self, *names: object, days: int = 0) -> datetime:
        """When the thing of these names happened: always the same moment, within a week of the release's beginning."""
        seconds = Chance(1, 'moment', *names).random.uniform(0, 7 * 24 * 3600)
        return datetime.fromisoformat(f'{self.name}-01').replace(tzinfo=UTC) + timedelta(days=days, seconds=seconds)


HOST = 'https://schema.humancellatlas.org'
STAGING = 'https://schema.staging.data.humancellatlas.org'
INTEGRATION = 'http://schema.integration.data.humancellatlas.org'

MARCH_2018 = Release('2018-03', 'wrapped', '1.0.0', 'complete', HOST, {
    'project': '5.1.0', 'donor_organism': '5.1.0', 'specimen_from_organism': '5.1.0', 'cell_suspension': '5.1.0',
    'process': '1.0.0', 'dissociation_process': '5.1.0', 'enrichment_process': '5.1.0',
    'library_preparation_process': '5.1.0', 'sequencing_process': '5.1.0', 'protocol': '5.1.0',
    'sequence_file': '5.1.0'})
JULY_2018 = Release('2018-07', 'wrapped', '1.0.0', 'complete', HOST, {
    'project': '5.2.1', 'donor_organism': '5.2.1', 'specimen_from_organism': '5.2.2', 'cell_suspension': '6.1.1',
    'process': '2.1.1', 'dissociation_protocol': '2.0.0', 'enrichment_protocol': '2.0.0',
    'library_preparation_protocol': '3.0.0', 'sequencing_protocol': '7.0.0', 'sequence_file': '6.1.1'})
AUGUST_2018 = Release('2018-08', 'separate', '1.1.1', 'stored', HOST, JULY_2018.versions)
SEPTEMBER_2018 = Release('2018-09', 'separate', '1.1.1', 'complete', 'http://schema.dev.data.humancellatlas.org', {
    'project': '9.0.2', 'donor_organism': '10.1.1', 'specimen_from_organism': '6.3.1', 'cell_suspension': '8.6.1',
    'cell_line': '8.6.2', 'organoid': '8.3.6', 'process': '6.0.2', 'collection_protocol': '8.2.6',
    'dissociation_protocol': '5.0.3', 'enrichment_protocol': '2.2.5', 'ipsc_induction_protocol': '2.0.1',
    'differentiation_protocol': '1.3.0', 'library_preparation_protocol': '4.3.2', 'sequencing_protocol': '9.0.2',
    'sequence_file': '6.5.2', 'supplementary_file': '1.1.5'})
OCTOBER_2018 = Release('2018-10', 'separate', '1.1.3', 'complete', STAGING, {
    **SEPTEMBER_2018.versions,
    'project': '9.0.3', 'donor_organism': '10.1.2', 'specimen_from_organism': '6.3.3', 'cell_line': '9.0.0',
    'organoid': '8.3.8', 'analysis_process': '8.0.3', 'library_preparation_protocol': '4.3.3',
    'analysis_file': '5.3.4', 'analysis_protocol': '8.0.3'})
MARCH_2019 = Release('2019-03', 'separate', '1.1.5', 'complete', INTEGRATION, {
    'project': '11.0.0', 'donor_organism': '14.0.3', 'specimen_from_organism': '7.0.3', 'cell_suspension': '9.0.0',
    'cell_line': '11.0.0', 'organoid': '8.3.9', 'process': '6.0.7', 'analysis_process': '9.0.0',
    'collection_protocol': '8.2.11', 'dissociation_protocol': '5.0.8', 'enrichment_protocol': '2.2.9',
    'differentiation_protocol': '1.3.3', 'library_preparation_protocol': '4.4.6', 'sequencing_protocol': '9.0.11',
    'sequence_file': '7.0.2', 'analysis_file': '5.3.6', 'analysis_protocol': '8.0.7', 'supplementary_file': '1.1.5'})
JULY_2019 = Release('2019-07', 'separate', '1.1.5', 'complete', HOST, {
    'project': '14.0.2', 'donor_organism': '15.3.2', 'specimen_from_organism': '10.2.1', 'cell_suspension': '13.1.1',
    'cell_line': '14.3.1', 'process': '9.1.1', 'analysis_process': '11.0.1', 'collection_protocol': '9.1.1',
    'dissociation_protocol': '6.0.0', 'enrichment_protocol': '3.0.1', 'library_preparation_protocol': '6.1.1',
    'sequencing_protocol': '10.0.2', 'sequence_file': '9.1.0', 'analysis_file': '6.0.0',
    'analysis_protocol': '9.0.0'})
OCTOBER_2019 = Release('2019-10', 'separate', '1.1.5', 'complete', HOST, {
    **JULY_2019.versions,
    'project': '14.1.0', 'donor_organism': '15.5.0', 'specimen_from_organism': '10.4.0', 'cell_suspension': '13.3.0',
    'cell_line': '14.5.0', 'process': '9.2.0', 'collection_protocol': '9.2.0', 'dissociation_protocol': '6.2.0',
    'enrichment_protocol': '3.1.0', 'library_preparation_protocol': '6.2.0', 'sequencing_protocol': '10.1.0',
    'sequence_file': '9.2.0', 'supplementary_file': '2.2.0'})
OCTOBER_2020 = Release('2020-10', 'separate', '2.1.1', 'stitched', HOST, {
    **OCTOBER_2019.versions,
    'organoid': '11.3.0', 'differentiation_protocol': '2.2.0'})
FEBRUARY_2021 = Release('2021-02', 'separate', '3.0.0', 'stitched', HOST, {
    **OCTOBER_2020.versions,
    'analysis_process': '12.0.0', 'analysis_file': '6.2.0', 'analysis_protocol': '9.1.0'})
MAY_2021 = Release('2021-05', 'separate', '3.0.0', 'stitched', HOST, {
    **FEBRUARY_2021.versions,
    'project': '15.0.0', 'sequence_file': '9.3.0', 'analysis_file': '6.3.0', 'analysis_protocol': '9.2.0'})
SEPTEMBER_2021 = Release('2021-09', 'separate', '3.1.0', 'null sums', STAGING, {
    **MAY_2021.versions,
    'project': '17.0.0', 'donor_organism': '15.6.1', 'specimen_from_organism': '10.5.0', 'imaged_specimen': '3.3.0',
    'image_file': '2.5.0', 'imaging_protocol': '11.4.0', 'imaging_preparation_protocol': '2.3.0',
    'library_preparation_protocol': '6.3.1', 'analysis_file': '6.5.0', 'analysis_protocol': '10.0.0',
    'treatment_protocol': '1.0.0'})

RELEASES = (MARCH_2018, JULY_2018, AUGUST_2018, SEPTEMBER_2018, OCTOBER_2018, MARCH_2019, JULY_2019, OCTOBER_2019,
            OCTOBER_2020, FEBRUARY_2021, MAY_2021, SEPTEMBER_2021)
