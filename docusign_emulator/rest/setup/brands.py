"""Brands: name, colours, logos and texts of what recipients and senders see. Kept, and without effect on the pages.

https://developers.docusign.com/docs/esign-rest-api/reference/accounts/accountbrands/
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_body, invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, BRAND, Row
from docusign_emulator.rest.setup import pictures
from docusign_emulator.storage.store import Store

Choose = Callable[[list[str], list[str]], list[str]]
_LOGOS = ("primary", "secondary", "email")
_RESOURCES = {"sending": "sending", "signing": "signing", "email": "email", "signing_captive": "signingCaptive"}
_FIXED = ("brandId", "logos", "resources", "errorDetails", "isOrganizationBrand")
_START = b"<"  # of a resource file, which is XML


def list_all(call: Call) -> Reply:
    return Reply(listed(call.store, call.store.records("brand"), logos=formats.truth(call.query.get("include_logos"))))


def create(call: Call) -> Reply:
    """POST brands. The answer lists the brand made."""
    call.administrator()
    name = _free_name(call.store, kept.name(call.json, "brandName"), "")
    brand: Json = {
        "brandId": str(uuid.uuid4()),
        "brandName": name,
        "brandCompany": call.store.account.name,
        "defaultBrandLanguage": "en",
    }
    brand = kept.over(brand, call.json, *_FIXED) | _flags(call.json)
    call.store.keep("brand", brand["brandId"], brand)
    return Reply({"brands": [_shown(call.store, brand)]}, 201)


def get(call: Call) -> Reply:
    return Reply(_shown(call.store, required(call.store, call.params["brandId"]), logos=True))


def update(call: Call) -> Reply:
    """PUT one brand: those of its fields that are given."""
    call.administrator()
    brand = required(call.store, call.params["brandId"])
    if call.json.get("brandName"):
        _free_name(call.store, kept.name(call.json, "brandName"), brand["brandId"])
    changed = kept.over(brand, call.json, *_FIXED) | _flags(brand | call.json)
    call.store.keep("brand", brand["brandId"], changed)
    return Reply(_shown(call.store, changed, logos=True))


def delete(call: Call) -> Reply:
    call.administrator()
    _drop(call.store, required(call.store, call.params["brandId"]))
    return Reply({})


def delete_many(call: Call) -> Reply:
    """DELETE brands: those named. The answer lists the brands that are left."""
    call.administrator()
    named = [required(call.store, formats.text(one.get("brandId"))) for one in formats.children(call.json, "brands")]
    for brand in named:
        _drop(call.store, brand)
    return list_all(call)


def export(call: Call) -> Reply:
    """GET file: the brand as a file that can be brought into another account."""
    brand = _shown(call.store, required(call.store, call.params["brandId"]), logos=True)
    headers = {"Content-Disposition": f'attachment; filename="brand-{brand["brandId"]}.json"'}
    return Reply(json.dumps(brand, indent=1).encode(), headers=headers)


def get_logo(call: Call) -> Reply:
    return pictures.reply(call.store, "brand", _logo(call))


def put_logo(call: Call) -> Reply:
    """PUT logos/{logoType}: a GIF, PNG or JPEG of at most 300 kB."""
    call.administrator()
    pictures.keep(call, "brand", _logo(call))
    return Reply({})


def delete_logo(call: Call) -> Reply:
    call.administrator()
    pictures.drop(call.store, "brand", _logo(call))
    return Reply({})


def list_resources(call: Call) -> Reply:
    """GET resources: which texts of the brand are changed."""
    brand = required(call.store, call.params["brandId"])
    found = [_resource(call.store, brand["brandId"], kind) for kind in _RESOURCES]
    return Reply({"resourcesContentTypes": [one for one in found if one]})


def get_resource(call: Call) -> Reply:
    """GET resources/{resourceContentType}: the file of texts, as it was uploaded."""
    known = call.store.record("brand_resource", _resource_id(call))
    if known is None:
        raise no_such_resource("resource file")
    return Reply(call.store.bytes_of(known["bytes"]), content_type="text/xml; charset=utf-8")


def put_resource(call: Call) -> Reply:
    """PUT resources/{resourceContentType}: an XML file, as the body or as its file part."""
    call.administrator()
    place = _resource_id(call)
    is_multipart = call.headers.get("content-type", "").lower().startswith("multipart/")
    data = next(iter(call.files.values()), b"") if is_multipart else call.body
    if not data.lstrip().startswith(_START):
        raise invalid_body("A resource file is XML.")
    told = {"createdDate": call.store.now(), "by": call.user.user_id, "bytes": call.store.keep_bytes(data)}
    call.store.keep("brand_resource", place, told)
    brand_id, kind = place.split()
    return Reply(_resource(call.store, brand_id, kind))


def required(store: Store, brand_id: str) -> Json:
    """The brand of that id. Raises ApiError."""
    known = store.record("brand", brand_id.lower())
    if known is None:
        raise no_such_resource("brand")
    return known


def listed(store: Store, found: list[Json], *, logos: bool = False) -> Json:
    """Brands as lists have them, with which of them are the defaults."""
    first = found[0]["brandId"] if found else ""
    defaults = {
        key: next((one["brandId"] for one in found if one.get(flag)), first)
        for key, flag in (("senderBrandIdDefault", "isSendingDefault"), ("recipientBrandIdDefault", "isSigningDefault"))
    }
    return {"brands": [_shown(store, one, logos=logos) for one in found]} | defaults


def _shown(store: Store, brand: Json, *, logos: bool = False) -> Json:
    there = [kind for kind in _LOGOS if logos and pictures.there(store, "brand", f"{brand['brandId']} {kind}")]
    base = f"/brands/{brand['brandId']}"
    shown = brand | ({"logos": {kind: f"{base}/logos/{kind}" for kind in there}} if there else {})
    urls = {key: f"{base}/resources/{kind}" for kind, key in _RESOURCES.items()}
    return shown | ({"resources": urls} if logos else {})


def _flags(facts: Json) -> Json:
    """Real booleans, as this part of the API answers them."""
    flags = ("isOverridingCompanyName", "isSendingDefault", "isSigningDefault")
    return {key: formats.truth(facts.get(key)) for key in flags if key in facts or key == flags[0]}


def _free_name(store: Store, name: str, but: str) -> str:
    if any(one["brandName"] == name and one["brandId"] != but for one in store.records("brand")):
        raise invalid_parameter(f"A brand named {name[:50]} is there already.")
    return name


def _drop(store: Store, brand: Json) -> None:
    store.drop("brand", brand["brandId"])


def _logo(call: Call) -> str:
    brand, kind = required(call.store, call.params["brandId"]), call.params["logoType"].lower()
    if kind not in _LOGOS:
        raise invalid_parameter(f"logoType is one of {', '.join(_LOGOS)}.")
    return f"{brand['brandId']} {kind}"


def _resource_id(call: Call) -> str:
    brand, kind = required(call.store, call.params["brandId"]), call.params["resourceContentType"].lower()
    if kind not in _RESOURCES:
        raise invalid_parameter(f"resourceContentType is one of {', '.join(_RESOURCES)}.")
    return f"{brand['brandId']} {kind}"


def _resource(store: Store, brand_id: str, kind: str) -> Json:
    known = store.record("brand_resource", f"{brand_id} {kind}")
    if known is None:
        return {}
    uri = f"/brands/{brand_id}/resources/{kind}"
    return {"resourcesContentType": kind, "resourcesContentUri": uri, "createdDate": known["createdDate"]}


_LOGO, _ONE_RESOURCE = BRAND + "/logos/{logoType}", BRAND + "/resources/{resourceContentType}"
ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/brands", "listBrands", list_all),
    ("POST", f"{ACCOUNT}/brands", "createBrand", create),
    ("DELETE", f"{ACCOUNT}/brands", "deleteBrands", delete_many),
    ("GET", BRAND, "getBrand", get),
    ("PUT", BRAND, "updateBrand", update),
    ("DELETE", BRAND, "deleteBrand", delete),
    ("GET", f"{BRAND}/file", "getBrandExportFile", export),
    ("GET", _LOGO, "getBrandLogoByType", get_logo),
    ("PUT", _LOGO, "updateBrandLogoByType", put_logo),
    ("DELETE", _LOGO, "deleteBrandLogoByType", delete_logo),
    ("GET", f"{BRAND}/resources", "getBrandResources", list_resources),
    ("GET", _ONE_RESOURCE, "getBrandResourcesByContentType", get_resource),
    ("PUT", _ONE_RESOURCE, "updateBrandResourcesByContentType", put_resource),
]
