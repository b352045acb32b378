"""The history of the schemas' properties, as the Human Cell Atlas's releases had them.

By schema, one property per line: its modern path, then its forms. A form is the releases `from..to` that had the
property, with `=name` where they called it otherwise, with `:conversion` (of `forms`) where they also wrote it
otherwise. A property without a form was never there; one that is not listed has been there, under its one name, in
every release that has the schema.
"""

HISTORY = {
    # In every schema. Leaf names only.
    '': """
        ontology_label                  2019-03..
        schema_major_version            2019-10..
        schema_minor_version            2019-10..
        submitter_id
        schema_version
        """,
    'project': """
        project_core.project_short_name 2018-03..2018-03        2018-09..   2018-07..2018-08=project_shortname
        contributors.name               2019-07..               ..2019-03=contact_name
        contributors.institution        2018-03..2018-03        2018-09..
        contributors.laboratory         2018-03..2018-03        2018-09..2021-05
        contributors.address            2018-03..2018-03        2018-09..2021-05
        contributors.country            2018-03..2018-03        2018-09..2021-05
        contributors.phone              2018-03..2018-03        2018-09..2019-10
        contributors.orcid_id           2018-09..2021-05
        contributors.corresponding_contributor  2018-03..2018-03  2018-09..
        contributors.project_role       2019-07..               2018-09..2019-03=project_role:text
        contributors.project_role.ontology        2019-07..2021-05
        contributors.project_role.ontology_label  2019-07..2021-05
        publications                    2018-03..2018-03        2018-09..
        publications.title              2019-07..               ..2019-03=publication_title
        publications.url                2019-07..               ..2019-03=publication_url
        publications.official_hca_publication  2021-05..
        funders                         2018-09..
        funders.organization            2019-03..               ..2018-10=funder_name
        funders.grant_title             2018-10..2021-05
        supplementary_links             2018-09..2021-05
        geo_series_accessions           2019-03..2021-05        2018-09..2018-10=geo_series:first
        insdc_project_accessions        2019-03..2021-05        2018-09..2018-10=insdc_project:first
        insdc_study_accessions          2019-03..2021-05        2018-09..2018-10=insdc_study:first
        array_express_accessions        2019-03..2020-10        2021-09..
                                        2018-10..2018-10=array_express_investigation:first
        dbgap_accessions                2021-09..
        ega_accessions                  2021-09..
        estimated_cell_count            2021-05..
        """,
    'donor_organism': """
        biomaterial_core.has_input_biomaterial
        biomaterial_core.supplementary_files
        biomaterial_core.biomaterial_description  2018-09..2020-10
        biomaterial_core.genotype       2018-10..2019-10
        biomaterial_core.biosd_biomaterial  2018-09..2019-03
        biomaterial_core.insdc_biomaterial  2018-10..2019-03
        biomaterial_core.biosamples_accession  2020-10..
        biomaterial_core.insdc_sample_accession
        genus_species.ontology          2018-03..2018-03        2018-09..
        is_living                       2018-09..               ..2018-08=is_living:yes
        sex                             2018-09..               ..2018-08=biological_sex
        organism_age                    2018-03..2018-03        2018-09..
        organism_age_unit               2018-03..2018-03        2018-09..
        development_stage               2018-03..2018-03        2018-09..
        diseases                        2018-09..               ..2018-03=disease
        gestational_age                 2018-10..2021-05
        gestational_age_unit            2019-10..2021-05
        human_specific                  2018-09..2021-05
        human_specific.body_mass_index  2018-10..2019-03
        mouse_specific                  2018-09..2019-10        ..2018-03=mus_musculus_specific
        mouse_specific.strain.ontology  2018-09..
        weight                          2018-09..2019-07
        weight_unit                     2018-09..2019-07
        weight_unit.ontology_label      2019-03..2019-03
        height                          2018-09..2019-07
        height_unit                     2018-09..2019-07
        height_unit.ontology_label      2019-03..2019-03
        medical_history                 2018-07..2021-05
        medical_history.smoking_history 2018-07..2019-07
        medical_history.alcohol_history 2018-10..2019-03
        medical_history.medication      2018-10..2019-07
        medical_history.nutritional_state  2018-10..2019-03
        medical_history.test_results    2018-09..2018-10        2019-07..2021-05
        medical_history.treatment       2020-10..2021-05
        death                           2018-10..2021-05
        death.cold_perfused             2018-10..2019-10
        death.days_on_ventilator        2018-10..2019-03
        death.hardy_scale               2018-10..2019-10
        death.time_of_death             2018-10..2019-03
        death.organ_donation_death_type 2018-10..2019-10
        death.normothermic_regional_perfusion  2019-10..2019-10
        """,
    'specimen_from_organism': """
        biomaterial_core.has_input_biomaterial  ..2018-03
        biomaterial_core.supplementary_files  ..2018-10
        biomaterial_core.biomaterial_description  2018-09..2021-05
        biomaterial_core.genotype       2018-10..2019-10
        biomaterial_core.biosd_biomaterial  2018-10..2019-03
        biomaterial_core.insdc_biomaterial  2018-10..2019-03
        biomaterial_core.biosamples_accession  2020-10..
        biomaterial_core.insdc_sample_accession  2020-10..
        genus_species.ontology          2018-03..2018-03        2018-09..
        organ.ontology                  2018-03..2018-03        2018-09..
        organ_parts                     2019-07..2021-05        ..2019-03=organ_part:first
        organ_parts.ontology            2018-03..2018-03        2018-09..
        diseases                        2018-09..               2018-07..2018-08=disease
        diseases.ontology               2018-09..
        collection_time                 2018-08..2018-08        2019-07..2021-05
        purchased_specimen              2018-09..2018-10        2019-07..2021-05
        preservation_storage            2018-09..2018-10        2019-07..2021-05
        preservation_storage.storage_time       2020-10..
        preservation_storage.storage_time_unit  2020-10..
        state_of_specimen               2018-10..2019-03
        """,
    'cell_suspension': """
        biomaterial_core.has_input_biomaterial  ..2018-03
        biomaterial_core.supplementary_files    2018-09..2018-10  2020-10..
        biomaterial_core.biomaterial_name       2018-09..
        biomaterial_core.biomaterial_description  2018-09..
        biomaterial_core.genotype       2018-09..2019-10
        biomaterial_core.biosd_biomaterial  2018-09..2019-03
        biomaterial_core.insdc_biomaterial  2018-09..2019-03
        biomaterial_core.biosamples_accession  2020-10..
        biomaterial_core.insdc_sample_accession  2020-10..
        genus_species                   2018-03..2018-03        2018-09..
        selected_cell_types             2019-07..               2018-09..2018-10=selected_cell_type
                                        ..2018-03=target_cell_type
        estimated_cell_count            2019-03..               ..2018-03=total_estimated_cells
                                        2018-09..2018-10=total_estimated_cells
        cell_morphology                 2018-09..
        cell_morphology.cell_morphology 2018-09..2019-07
        cell_morphology.percent_cell_viability  2018-09..2019-07
        cell_morphology.cell_viability_method   2018-09..2019-07
        cell_morphology.cell_viability_result   2018-09..2019-07
        cell_morphology.percent_necrosis  2018-09..2019-03
        growth_conditions               2018-09..
        growth_conditions.passage_number  2018-09..2019-07
        growth_conditions.mycoplasma_testing_results  2018-09..2019-03
        growth_conditions.drug_treatment  2018-09..2019-03
        growth_conditions.feeder_layer_type  2018-09..2019-03
        plate_based_sequencing          2018-09..
        plate_based_sequencing.plate_label  2020-10..           ..2019-10=plate_id
        plate_based_sequencing.well_label   2020-10..           ..2019-10=well_id
        plate_based_sequencing.cell_quality ..2018-10
        timecourse                      2020-10..
        """,
    'cell_line': """
        biomaterial_core.has_input_biomaterial
        biomaterial_core.supplementary_files
        biomaterial_core.insdc_biomaterial
        biomaterial_core.biosamples_accession
        biomaterial_core.insdc_sample_accession
        biomaterial_core.biosd_biomaterial  ..2018-10
        biomaterial_core.genotype       2019-03..2019-03
        type                            2019-07..               ..2019-03=cell_line_type
        cell_type                       ..2019-10
        disease                         2018-10..2019-10        ..2018-09=diseases
        model_organ                     2019-03..
        model_organ.ontology            ..2019-10
        model_organ.ontology_label      ..2019-10
        karyotype                       2020-10..
        supplier                        2019-07..2019-07
        catalog_number                  ..2018-10               2019-07..2019-07
        catalog_url                     ..2018-10               2019-07..2019-07
        date_established                ..2018-10               2019-07..2019-07
        publication                     2019-03..2019-03
        publication.title               ..2019-03=publication_title
        publication.url                 ..2019-03=publication_url
        cell_morphology                 ..2018-10
        growth_conditions               ..2018-10               2019-10..
        growth_conditions.drug_treatment  ..2018-10
        growth_conditions.feeder_layer_type  ..2018-10
        growth_conditions.mycoplasma_testing_method  ..2018-10
        growth_conditions.culture_environment  2019-10..2019-10
        """,
    'organoid': """
        biomaterial_core.has_input_biomaterial
        biomaterial_core.supplementary_files
        biomaterial_core.genotype
        biomaterial_core.biosd_biomaterial
        biomaterial_core.insdc_biomaterial
        biomaterial_core.biosamples_accession  2020-10..
        biomaterial_core.insdc_sample_accession  2020-10..
        model_organ                     2020-10..               ..2019-10=model_for_organ
        growth_environment              2020-10..               ..2019-10=organoid_growth_environment
        organoid_age                    ..2019-10
        organoid_age_unit               ..2019-10
        organoid_type                   ..2019-10
        """,
    'sequence_file': """
        file_core.format                2019-07..               ..2019-03=file_format
        file_core.checksum              2018-09..2020-10
        file_core.content_description   2019-10..
        library_prep_id                 2019-07..
        read_length                     2018-03..2018-03        2018-09..
        technical_replicate_group       2018-09..2018-10
        insdc_run                       2018-09..2019-03
        insdc_run_accessions            2020-10..
        """,
    'analysis_file': """
        file_core.format                2019-07..               ..2019-03=file_format
        file_core.file_source           2021-05..
        file_core.content_description   2021-02..
        matrix_cell_count               2021-05..
        provenance.update_date          ..2019-10               2021-05..
        provenance.schema_major_version 2021-05..
        provenance.schema_minor_version 2021-05..
        """,
    'supplementary_file': """
        file_core.format                2019-10..               ..2019-03=file_format
        file_core.content_description   2020-10..
        schema_version                  2020-10..
        provenance.submitter_id         2020-10..
        provenance.schema_major_version 2019-10..2019-10
        provenance.schema_minor_version 2019-10..2019-10
        """,
    'process': """
        process_core.location           2019-07..2019-07        2018-09..2018-10=process_location
        process_core.operators          2019-07..2019-07
        process_core.process_name
        process_core.process_description
        start_time                      2019-07..2019-10
        insdc_experiment                2018-09..2018-10        2020-10..
        insdc_experiment.insdc_experiment_accession  2020-10..  ..2018-10=insdc_experiment
        """,
    'analysis_process': """
        input_bundles                   ..2019-10
        reference_bundle                ..2019-10
        reference_files                 2021-02..
        outputs                         ..2018-10
        type                            2019-07..               ..2019-03=process_type
        provenance.update_date          ..2019-10
        provenance.schema_major_version 2019-10..2019-10
        provenance.schema_minor_version 2019-10..2019-10
        """,
    'analysis_protocol': """
        protocol_core.protocol_name     2021-05..
        protocol_core.protocol_description  2021-05..
        protocol_core.document
        protocol_core.publication_doi
        protocol_core.protocols_io_doi
        type                            2019-07..               ..2019-03=protocol_type
        type.ontology                   2021-05..
        type.ontology_label             2021-05..
        provenance.schema_major_version 2021-05..
        provenance.schema_minor_version 2021-05..
        matrix                          2021-05..
        """,
    'collection_protocol': """
        protocol_core.document          ..2019-03
        protocol_core.protocols_io_doi  ..2019-03
        method                          2019-07..               ..2019-03=collection_method
        reagents                        ..2019-03=protocol_reagents
        """,
    'dissociation_protocol': """
        nucleic_acid_source
        protocol_core.protocol_description  2018-09..
        protocol_core.document          2018-09..2019-10
        protocol_core.publication_doi   2018-09..
        protocol_core.protocols_io_doi  2019-03..2019-03
        method                          2019-07..               ..2019-03=dissociation_method
        reagents                        2020-10..               2018-09..2018-10=protocol_reagents
        reagents.lot_number
        reagents.expiry_date
        reagents.kit_titer
        """,
    'enrichment_protocol': """
        protocol_core.protocol_name     2018-09..
        protocol_core.protocol_description  2018-09..
        protocol_core.document          2019-03..2019-10
        protocol_core.publication_doi   2018-09..
        protocol_core.protocols_io_doi  2018-09..2019-03
        method                          2019-07..               ..2019-03=enrichment_method
        markers                         2018-09..
        minimum_size                    2018-09..2019-03=min_size_selected
        maximum_size                    2020-10..               2018-09..2019-03=max_size_selected
        """,
    'library_preparation_protocol': """
        protocol_core.protocol_name     2018-09..
        protocol_core.protocol_description  2018-09..
        protocol_core.document          2018-09..2019-10
        protocol_core.publication_doi   2018-09..2021-05
        protocol_core.protocols_io_doi  2018-10..2019-03
        input_nucleic_acid_molecule.ontology  2018-09..
        nucleic_acid_source             2018-09..
        library_construction_method     2019-07..               ..2019-03=library_construction_approach
        library_construction_kit        2018-09..2018-10        2019-07..2021-05
        library_construction_kit.catalog_number  2019-07..
        library_construction_kit.lot_number      2019-07..2019-07
        library_construction_kit.expiry_date     2019-07..2019-07
        nucleic_acid_conversion_kit     2019-07..2019-07
        library_preamplification_method 2018-09..2019-10
        cdna_library_amplification_method  2019-10..2021-05
        nominal_length                  2019-10..
        nominal_sdev                    2021-09..
        primer                          2018-09..2021-05
        umi_barcode                     2018-09..
        cell_barcode                    2018-09..
        cell_barcode.white_list_file    2019-07..2019-10
        spatial_barcode.white_list_file
        spatial_barcode                 2021-09..
        spike_in_kit                    2019-10..2019-10
        """,
    'sequencing_protocol': """
        protocol_core.protocol_name     2018-09..
        protocol_core.protocol_description  2018-09..
        protocol_core.document          2018-09..2019-10
        protocol_core.publication_doi   2019-03..2019-03
        protocol_core.protocols_io_doi  2019-03..2019-03
        instrument_manufacturer_model.ontology  2018-09..
        local_machine_name              2018-09..2019-10
        paired_end                      2018-09..               ..2018-08=paired_ends
        method                          2019-07..               ..2019-03=sequencing_approach
        10x                             2018-09..
        """,
    'ipsc_induction_protocol': """
        protocol_core.publication_doi
        protocol_core.protocols_io_doi
        """,
    'differentiation_protocol': """
        protocol_core.document
        protocol_core.protocols_io_doi
        protocol_core.publication_doi   ..2018-10               2020-10..
        method                          2020-10..               ..2019-10=differentiation_method
        media                           2020-10..
        small_molecules                 ..2018-10               2020-10..
        target_pathway                  ..2018-10
        validation_method               ..2018-10
        reagents                        ..2018-10
        """,
    'protocol': """
        protocol_core.protocol_description
        protocol_core.publication_doi
        protocol_core.protocols_io_doi
        """,
}
