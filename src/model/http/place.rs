//! Where an address leads: to which host, whether that is this machine, and how it is shown without what is secret in it.

use std::net::{IpAddr, Ipv6Addr};

/// Whether `host`, a name or a number (one of version 6 with or without its brackets), is this machine, which nothing
/// that is sent there leaves: `localhost`, 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104.
///
/// Not `*.localhost`: systems may ask a name server for it.
pub fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse() {
        Ok(IpAddr::V4(number)) => number.is_loopback(),
        Ok(IpAddr::V6(number)) => number.to_ipv4_mapped().map_or(number == Ipv6Addr::LOCALHOST, |number| number.is_loopback()),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// The host in `url`, without scheme, user, port and path; a number of version 6 in its brackets. Empty where no scheme is.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let end = place.rfind(':').filter(|colon| !place[*colon..].contains(']')).unwrap_or(place.len());
    &place[..end]
}

/// `text` with what may be secret in an address in it hidden: a user and a password, and what follows a question mark.
pub fn without_secrets(text: &str) -> String {
    let Some((before, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (place, model) = rest.find('#').map_or((rest, ""), |sign| rest.split_at(sign));
    let (place, query) = place.split_once('?').map_or((place, ""), |(place, _)| (place, "?…"));
    let (authority, path) = place.find('/').map_or((place, ""), |slash| place.split_at(slash));
    let host = authority.rsplit_once('@').map_or_else(|| authority.to_owned(), |(_, host)| format!("…@{host}"));
    format!("{before}://{host}{path}{query}{model}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        for here in ["localhost", "LocalHost", "127.0.0.1", "127.9.8.7", "::1", "[::1]", "::ffff:127.0.0.1", "[::ffff:127.1.2.3]"]
        {
            assert!(is_this_machine(here), "{here}");
        }
        for other in [
            "",
            "a.localhost",
            "localhost-mirror.corp",
            "localhost.",
            "127.0.0.1.evil.org",
            "127.1",
            "notlocalhost",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "::ffff:10.0.0.1",
            "host",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
    }

    #[test]
    fn a_host_is_what_is_connected_to() {
        for (url, host) in [
            ("http://h", "h"),
            ("http://H:1/a:b", "H"),
            ("https://[::1]:7", "[::1]"),
            ("https://[::1]", "[::1]"),
            ("http://localhost:pw@evil.org:80/x@localhost", "evil.org"),
            ("https://h?x@y", "h"),
            ("h/x", ""),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }

    #[test]
    fn secrets_in_addresses_are_hidden() {
        for (text, shown) in [
            ("http://me:secret@host/v1#m", "http://…@host/v1#m"),
            ("--model=https://se@cret@host?key=secret", "--model=https://…@host?…"),
            ("http://host/a@b", "http://host/a@b"),
            ("me@host", "me@host"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }
}
