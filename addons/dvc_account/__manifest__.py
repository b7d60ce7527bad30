# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
{
    "name": "DVC Accounts",
    "summary": "Citizens' accounts, identity, one-time codes, digital signatures, audit journal",
    "version": "19.0.1.0.0",
    "category": "Services/Public Services",
    "author": "DVC Suite",
    "license": "LGPL-3",
    "depends": ["mail", "portal", "resource", "sms", "auth_totp"],
    "external_dependencies": {
        "python": ["cryptography", "phonenumbers", "pyHanko", "reportlab", "qrcode"],
    },
    "data": [
        "security/dvc_account_groups.xml",
        "security/ir.model.access.csv",
        "security/dvc_account_security.xml",
        "security/dvc_unit_security.xml",
        "data/ir_cron.xml",
    ],
    "demo": [
        "demo/dvc_agency_demo.xml",
        "demo/res_users_demo.xml",
        "demo/dvc_account_demo.xml",
    ],
    "assets": {
        "web.assets_backend": ["dvc_account/static/src/js/paper_report.js"],
    },
    "application": False,
    "pre_init_hook": "pre_init_hook",
    "uninstall_hook": "uninstall_hook",
}
