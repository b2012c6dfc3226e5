// The vendor's Node SDK on the emulator over TLS: log in, send, find, open a signing view, read what was signed.
// Run by test_node_sdk.py: the credentials come as JSON on standard input, what was seen goes out as JSON.
"use strict";
const fs = require("fs");
const docusign = require("docusign-esign");

async function main() {
  const { credentials, pdf, transaction } = JSON.parse(fs.readFileSync(0, "utf8"));
  const client = new docusign.ApiClient();
  client.setOAuthBasePath(credentials.oauth_tls_host);
  const key = fs.readFileSync(credentials.private_key_file);
  const scopes = ["signature", "impersonation"];
  const granted = await client.requestJWTUserToken(credentials.integration_key, credentials.user_id, scopes, key, 3600);
  const token = granted.body.access_token;
  const user = await client.getUserInfo(token);
  const account = user.accounts.find((one) => one.isDefault === "true" || one.isDefault === true);
  client.setBasePath(`${account.baseUri}/restapi`);
  client.addDefaultHeader("Authorization", `Bearer ${token}`);

  const envelopes = new docusign.EnvelopesApi(client);
  const tenant = docusign.Signer.constructFromObject({
    recipientId: "1",
    name: "Tina Tenant",
    email: "tina@people.example",
    clientUserId: "tenant-1",
    tabs: { signHereTabs: [{ anchorString: "/tenant/" }] },
  });
  const definition = docusign.EnvelopeDefinition.constructFromObject({
    emailSubject: "Please sign your lease",
    status: "created",
    transactionId: transaction,
    documents: [{ documentId: "1", name: "Lease.pdf", documentBase64: pdf }],
    recipients: { signers: [tenant] },
  });
  const draft = await envelopes.createEnvelope(account.accountId, { envelopeDefinition: definition });
  const found = await envelopes.listStatusChanges(account.accountId, { transactionIds: transaction, status: "created" });
  await envelopes.update(account.accountId, draft.envelopeId, { envelope: { status: "sent" } });
  const viewRequest = docusign.RecipientViewRequest.constructFromObject({
    returnUrl: "https://people.example/back",
    authenticationMethod: "None",
    userName: "Tina Tenant",
    email: "tina@people.example",
    clientUserId: "tenant-1",
  });
  const view = await envelopes.createRecipientView(account.accountId, draft.envelopeId, {
    recipientViewRequest: viewRequest,
  });
  const recipients = await envelopes.listRecipients(account.accountId, draft.envelopeId, { includeTabs: "true" });
  const document = await envelopes.getDocument(account.accountId, draft.envelopeId, "combined");
  let refusal = null;
  try {
    await envelopes.getEnvelope(account.accountId, "00000000-0000-4000-8000-000000000000");
  } catch (error) {
    refusal = error.response && error.response.data ? error.response.data.errorCode : String(error);
  }
  process.stdout.write(
    JSON.stringify({
      account: account.accountId,
      user: user.name,
      envelopeId: draft.envelopeId,
      found: (found.envelopes || []).map((one) => one.envelopeId),
      view: view.url,
      signers: recipients.signers.map((one) => [one.name, one.status, one.tabs.signHereTabs.length]),
      document: Buffer.from(document, "binary").subarray(0, 5).toString("latin1"),
      refusal,
    }),
  );
}

main().catch((error) => {
  const told = error.response && error.response.data;
  process.stderr.write(`${error.stack || error}\n${told ? JSON.stringify(told) : ""}\n`);
  process.exit(1);
});
