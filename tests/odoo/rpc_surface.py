# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Every public method of our models: what anybody may call over RPC. A new one is added here on purpose."""

CONTRACT = {
    "dvc.account": "access_log find lock register request_otp reset_password standardize unlock verify_otp",
    "dvc.signature": "verify",
    "dvc.procedure": "search_catalogue",
    "dvc.dossier": (
        "submit list_for track receive refuse request_supplement supplement assign start withdraw stop postpone"
        " deadline_proof changes"
    ),
    "dvc.wallet": "audit balance pay refund statement top_up",
    "dvc.result": "hand_over publish sign verify",
    "dvc.document": "list_for",
}
