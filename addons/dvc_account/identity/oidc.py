# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""OpenID Connect, authorisation code flow with PKCE (OpenID Connect Core 1.0, RFC 7636), by Authlib and joserfc."""

import json
from dataclasses import dataclass

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from .transport import is_allowed_address, limit

# Signatures by the provider's private key only: neither none nor what our own secret could make.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_SECONDS = 60
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class OidcError(Exception):
    """The sign-in failed; the text is for the log: it holds no token and no personal data."""


@dataclass(frozen=True)
class Client:
    """This server as a client of one provider."""

    issuer: str
    client_id: str
    client_secret: str
    scope: str
    redirect_uri: str

    def _session(self) -> OAuth2Session:
        session = OAuth2Session(
            self.client_id,
            self.client_secret or None,
            scope=self.scope,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.client_secret else "none",
        )
        return limit(session)

    def discover(self) -> dict:
        """Return the provider's metadata.

        :raise OidcError: no answer, or that of another issuer
        """
        metadata = _json(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if metadata.get("issuer") != self.issuer:
            raise OidcError("the discovery document is another issuer's")
        for name in ENDPOINTS:
            if not isinstance(metadata.get(name), str) or not is_allowed_address(metadata[name]):
                raise OidcError(f"the discovery document names no usable {name}")
        return metadata

    def authorization_url(self, metadata: dict, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser is sent to sign in."""
        url, _state = self._session().create_authorization_url(
            metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
        return url

    def claims(self, metadata: dict, code: str, nonce: str, verifier: str) -> dict:
        """Exchange an authorisation code and return what the provider says of the person.

        The ID token is verified wholly; what it leaves out is asked of the userinfo endpoint, of the same subject.

        :raise OidcError: whatever does not hold
        """
        try:
            token = self._session().fetch_token(
                metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except (AuthlibBaseError, requests.RequestException, ValueError, TypeError, AttributeError) as error:
            raise OidcError(f"no token: {type(error).__name__}") from None
        if not isinstance(token.get("id_token"), str) or not isinstance(token.get("access_token"), str):
            raise OidcError("no ID token")
        proven = self._verified(metadata, token["id_token"], token["access_token"], nonce)
        return {**self._userinfo(metadata, token["access_token"], proven["sub"]), **proven}

    def _verified(self, metadata: dict, id_token: str, access_token: str, nonce: str) -> dict:
        try:
            keys = KeySet.import_key_set(_json(metadata["jwks_uri"]))
            opened = jwt.decode(id_token, keys, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                opened.claims,
                opened.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self.client_id},
                    "sub": {"essential": True},
                    "exp": {"essential": True},
                },
                params={"nonce": nonce, "client_id": self.client_id, "access_token": access_token},
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise OidcError(f"the ID token does not hold: {type(error).__name__}: {_named(error)}") from None
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise OidcError("the ID token names no subject")
        return dict(claims)

    def _userinfo(self, metadata: dict, access_token: str, subject: str) -> dict:
        url = metadata.get("userinfo_endpoint")
        if not url:
            return {}
        if not is_allowed_address(url):
            raise OidcError("the discovery document names no usable userinfo_endpoint")
        found = _json(url, {"Authorization": f"Bearer {access_token}"})
        if found.get("sub") != subject:
            raise OidcError("the userinfo endpoint speaks of another subject")
        return found


def _named(error: Exception) -> str:
    """Return which claim or header an error is about, never its value."""
    return str(getattr(error, "error", "") or getattr(error, "claim", ""))[:60]


def _json(url: str, headers: dict | None = None) -> dict:
    try:
        with limit(requests.Session()) as session:
            response = session.get(url, headers=headers, allow_redirects=False)
        answer = response.json() if response.status_code == 200 else None
    except (requests.RequestException, ValueError, RecursionError) as error:
        raise OidcError(f"no answer: {type(error).__name__}") from None
    if not isinstance(answer, dict):
        raise OidcError(f"no usable answer: HTTP {response.status_code}")
    return answer


def level_of(value) -> int:
    """Return a level of assurance as a number: ``2``, ``"2"``, ``"LOA2"``, ``"loa-02"``; 0 where there is none."""
    figures = "".join(char for char in json.dumps(value) if char.isdigit()) if value is not None else ""
    return int(figures[-2:]) if figures else 0
