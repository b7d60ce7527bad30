# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Every public method of our models: what anybody may call over RPC. A new one is added here on purpose."""

CONTRACT = {
    "dvc.account": "access_log find lock register request_otp reset_password standardize unlock verify_otp",
    "dvc.certificate": "challenge list_for register report_lost set_default stop_using",
    "dvc.certificate.application": "find_by_reference prepare submit update_status withdraw",
    "dvc.signature": "verify",
    "dvc.procedure": "search_catalogue",
    "dvc.dossier": (
        "submit list_for track receive refuse request_supplement supplement assign start withdraw stop postpone"
        " deadline_proof changes"
    ),
    "dvc.wallet": "audit balance pay refund statement top_up",
    "dvc.result": "hand_over publish seal sign verify",
    "dvc.document": "list_for",
}

# Buttons, and what screens ask for.
OTHERS = """
dvc.account.action_file_data_request
dvc.account.action_lock
dvc.account.action_open_certificates
dvc.account.action_reveal
dvc.account.action_standardize
dvc.account.action_transfer
dvc.account.action_start_recovery
dvc.account.action_unlock
dvc.account.case.action_answer
dvc.account.case.answer.action_confirm
dvc.account.decision.action_confirm
dvc.account.reveal.action_show
dvc.account.finding.action_add_to_campaign
dvc.account.finding.action_open_account
dvc.account.import.action_check
dvc.account.import.action_delete_file
dvc.account.import.action_download_report
dvc.account.import.action_download_template
dvc.account.import.action_import
dvc.account.standardization.action_confirm
dvc.account.standardization.action_send_code
dvc.bank.statement.action_import
dvc.bank.statement.line.action_ignore
dvc.bank.statement.line.action_match
dvc.revocation.answer.action_ask
dvc.trust.anchor.action_fetch_list
dvc.trust.anchor.upload.action_back
dvc.trust.anchor.upload.action_read
dvc.trust.anchor.upload.action_take
dvc.data.request.action_answer
dvc.data.request.action_erase
dvc.data.request.action_extend
dvc.data.request.action_finish
dvc.data.request.action_prepare
dvc.data.request.action_refuse
dvc.data.request.action_take
dvc.data.request.decision.action_confirm
dvc.data.request.filing.action_file
dvc.campaign.action_add_accounts
dvc.campaign.action_close
dvc.campaign.action_invite
dvc.campaign.action_open
dvc.campaign.action_open_lines
dvc.campaign.action_send_invitations
dvc.campaign.action_stop
dvc.campaign.invitation.action_confirm
dvc.campaign.line.action_open_account
dvc.campaign.line.action_spoken_to
dvc.campaign.selection.action_add
dvc.certificate.action_check_key
dvc.certificate.action_picture
dvc.certificate.action_report_lost
dvc.certificate.action_stop_using
dvc.certificate.action_test_signature
dvc.certificate.application.action_accept
dvc.certificate.application.action_issue
dvc.certificate.application.action_refuse
dvc.certificate.application.action_withdraw
dvc.certificate.decision.action_confirm
dvc.document.action_check_signatures_again
dvc.document.action_open_signature_file
dvc.certificate.picture.action_save
dvc.dossier.action_answer
dvc.dossier.action_check_signatures_again
dvc.dossier.action_assign
dvc.dossier.action_hand_over_result
dvc.dossier.action_open_receipts
dvc.dossier.action_open_check
dvc.dossier.action_open_results
dvc.dossier.action_pay_cash
dvc.dossier.action_postpone
dvc.dossier.action_publish_result
dvc.dossier.action_receive
dvc.dossier.action_refuse
dvc.dossier.action_request_supplement
dvc.dossier.action_reveal
dvc.dossier.action_start
dvc.dossier.action_stop
dvc.dossier.action_withdraw
dvc.dossier.answer.action_answer
dvc.dossier.assignment.action_assign
dvc.dossier.board_move
dvc.dossier.closing.action_close
dvc.dossier.component.action_accept
dvc.dossier.component.action_mark_to_fix
dvc.dossier.component.action_open_file
dvc.dossier.component.action_open_signature_file
dvc.dossier.component.action_open_check
dvc.dossier.guidance.request.action_request
dvc.dossier.intake.action_submit
dvc.dossier.postponement.action_postpone
dvc.dossier.refusal.action_refuse
dvc.document.action_open_check
dvc.journal.action_export
dvc.journal.action_open_record
dvc.oidc.provider.action_check
dvc.message.test.action_send
dvc.outbox.action_resend
dvc.receipt.action_cancel
dvc.receipt.action_refund
dvc.receipt.cancel.action_confirm
dvc.register.export.action_download
dvc.result.action_check_signatures_again
dvc.signature.batch.line.action_open_record
dvc.signature.check.action_add_opinion
dvc.signature.check.action_check_again
dvc.signature.check.action_open_panel
dvc.signature.opinion.action_open_picture
dvc.signature.opinion.entry.action_confirm
dvc.result.action_download
dvc.result.action_hand_over
dvc.result.action_open_check
dvc.result.action_open_publish
dvc.result.action_seal
dvc.result.action_sign
dvc.result.action_take_back
dvc.result.confirmation.action_confirm
dvc.result.confirmation.action_send_code
dvc.result.hand.over.action_hand_over
dvc.result.publish.action_publish
dvc.result.take.back.action_take_back
dvc.violation.action_dismiss
dvc.violation.action_uphold
dvc.wallet.action_audit
dvc.wallet.action_pass_money
dvc.wallet.action_top_up
dvc.wallet.refund.ask.action_confirm
dvc.wallet.refund.reject.action_confirm
dvc.wallet.refund.request.action_approve
dvc.wallet.refund.request.action_reject
dvc.wallet.top.up.ask.action_confirm
dvc.wallet.transfer.action_refund
res.config.settings.action_dvc_check_csc
res.config.settings.action_dvc_check_identity
res.config.settings.action_dvc_check_tokens
res.config.settings.action_dvc_check_tsa
res.config.settings.action_dvc_test_message
"""
