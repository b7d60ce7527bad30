# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
{
    "name": "DVC Dossiers",
    "summary": "Procedures, dossiers with working-time clock, guidance, document vault, official forms",
    "version": "19.0.1.0.0",
    "category": "Services/Public Services",
    "author": "DVC Suite",
    "license": "LGPL-3",
    "depends": ["dvc_account"],
    "external_dependencies": {"python": ["reportlab", "xlsxwriter"]},
    "data": [
        "security/ir.model.access.csv",
        "security/dvc_dossier_security.xml",
        "security/dvc_calendar_security.xml",
        "data/dvc_calendar_data.xml",
        "data/dvc_dossier_stage.xml",
        "data/ir_cron_data.xml",
        "data/dvc.document.type.csv",
        "data/dvc.procedure.category.csv",
        "data/dvc.procedure.csv",
        "data/dvc.procedure.component.csv",
        "data/dvc_catalogue_data.xml",
        "report/dvc_dossier_papers.xml",
    ],
    "demo": [
        "demo/dvc_unit_demo.xml",
        "demo/dvc_dossier_demo.xml",
    ],
}
