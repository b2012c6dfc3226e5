// What the sender has changed so far: recipients, message, and the fields on the pages.

const SIZES = {
  signHereTabs: [110, 36], initialHereTabs: [42, 36], dateSignedTabs: [84, 16], fullNameTabs: [140, 16],
  emailAddressTabs: [160, 16], companyTabs: [120, 16], titleTabs: [120, 16], textTabs: [120, 16],
  checkboxTabs: [14, 14], listTabs: [120, 18], radioGroupTabs: [14, 34], signerAttachmentTabs: [42, 42],
};
const RADIO_STEP = 20; // points from one radio of a group to the next
const HUES = [226, 28, 152, 330, 265, 190, 60, 0];
const MADE_BY_HAND = new Set(["companyTabs", "titleTabs", "textTabs", "listTabs"]);

export const KINDS = {
  signers: "Needs to sign", carbonCopies: "Receives a copy", certifiedDeliveries: "Needs to view",
  inPersonSigners: "Signs in person", editors: "Edits", agents: "Names later recipients", intermediaries: "Manages recipients",
};

export class Model {
  constructor(state) {
    this.recipients = state.recipients.map((one) => ({ ...one })).sort((a, b) => a.routingOrder - b.routingOrder);
    this.tabs = grouped(state.tabs);
    this.tabsChanged = false;
    this.recipientsChanged = false;
    this.fresh = 0;
  }

  hue(recipientId) {
    const index = this.recipients.findIndex((one) => one.recipientId === recipientId);
    return HUES[Math.max(index, 0) % HUES.length];
  }

  get signers() {
    return this.recipients.filter((one) => !one.remove && !one.locked && ["signers", "inPersonSigners"].includes(one.kind));
  }

  addRecipient() {
    const numbers = this.recipients.map((one) => Number(one.recipientId)).filter(Number.isInteger);
    const orders = this.recipients.map((one) => one.routingOrder);
    const made = { recipientId: String(Math.max(0, ...numbers) + 1), name: "", email: "", roleName: "", kind: "signers", routingOrder: Math.max(0, ...orders) + 1, isNew: true };
    this.recipients.push(made);
    this.recipientsChanged = true;
    return made;
  }

  removeRecipient(person) {
    if (person.isNew) this.recipients = this.recipients.filter((one) => one !== person);
    else person.remove = true;
    this.tabs = this.tabs.filter((tab) => tab.recipientId !== person.recipientId);
    this.recipientsChanged = this.tabsChanged = true;
  }

  size(tabType) {
    return SIZES[tabType] || [120, 16];
  }

  addTab(tabType, recipientId, documentId, page, x, y) {
    const [w, h] = this.size(tabType);
    const tab = { tabType, recipientId, documentId, page, x, y, w, h, tabLabel: "", value: "", required: tabType !== "checkboxTabs" };
    if (tabType === "listTabs") tab.options = ["First choice", "Second choice"];
    if (tabType === "radioGroupTabs") {
      tab.options = ["yes", "no"];
      tab.groupName = `choice ${++this.fresh}`;
    }
    this.tabs.push(tab);
    this.tabsChanged = true;
    return tab;
  }

  removeTab(tab) {
    this.tabs = this.tabs.filter((one) => one !== tab);
    this.tabsChanged = true;
  }

  /** The body of save and send. Tabs go along only when touched, so that others stay exactly as they were. */
  changes(subject, blurb) {
    const body = {};
    if (subject !== null) body.emailSubject = subject;
    if (blurb !== null) body.emailBlurb = blurb;
    if (this.recipientsChanged) {
      body.recipients = this.recipients.filter((one) => !one.locked).map(({ recipientId, name, email, kind, routingOrder, remove }) => ({ recipientId, name, email, kind, routingOrder: String(routingOrder), ...(remove ? { remove } : {}) }));
    }
    if (this.tabsChanged) body.tabs = this.tabs.map(asChange);
    return body;
  }
}

function asChange(tab) {
  const { tabId, tabType, recipientId, documentId, page, x, y, tabLabel, required, value, options, groupName, w, h } = tab;
  const change = { tabType, recipientId, documentId, page, x: Math.round(x), y: Math.round(y), required };
  if (tabId) change.tabId = tabId;
  if (tabLabel) change.tabLabel = tabLabel;
  if (options) change.options = options;
  if (groupName) change.groupName = groupName;
  if (MADE_BY_HAND.has(tabType)) Object.assign(change, { value, w, h });
  return change;
}

/** The radios of a group as one field: a column of its buttons. */
function grouped(tabs) {
  const groups = new Map();
  const all = [];
  for (const tab of tabs) {
    if (tab.tabType !== "radioGroupTabs") {
      all.push({ ...tab });
      continue;
    }
    const known = groups.get(tab.tabId);
    if (known) {
      known.options.push(tab.value);
      known.h += RADIO_STEP;
    } else {
      const group = { ...tab, options: [tab.value], groupName: tab.tabLabel };
      groups.set(tab.tabId, group);
      all.push(group);
    }
  }
  return all;
}
