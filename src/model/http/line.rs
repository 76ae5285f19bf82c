//! A connection that can be waited on in slices: the socket at the bottom, perhaps a proxy's tunnel and TLS above it.
//!
//! `ureq` stacks the layers; the lowest is [`Socket`]. Until all have greeted each other it waits as sockets do;
//! afterwards it answers after a slice, with [`Timeout::PerRead`] if nothing came, and what can't be sent at once waits
//! in it, so that nothing above it blocks for longer.

use std::collections::VecDeque;
use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::{Duration as Limit, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, LazyBuffers, NextTimeout, RustlsConnector, Transport,
};
use ureq::{Error, Proxy, ProxyProtocol, Timeout};

use super::{HttpError, heed, is_this_machine};
use crate::progress::OnProgress;

/// How long one waiting takes at most.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// How long looking up a name may take, in seconds.
const LOOK_UP: u64 = 5;

/// Slices of silence that are borne while proxy and TLS greet: ten seconds.
const MAX_GREETING: u32 = 100;

/// How long is waited for each address in turn, in milliseconds: most answer the first time, and a cancel is heard in
/// between only, as the standard library can't be asked in the middle. Each attempt knocks anew, so that longer ones
/// would find nobody more.
const ATTEMPTS: [u64; 7] = [180, 400, 800, 1000, 1000, 1000, 1000];

/// Addresses of a host that are tried.
const MAX_ADDRESSES: usize = 4;

/// Bytes that are read or written at once, at most.
const BUFFER: usize = 128 * 1024;

/// What all requests say of who asks.
pub(super) const USER_AGENT: &str = concat!("embedding-playground/", env!("CARGO_PKG_VERSION"));

/// An open connection to a host.
pub(super) struct Line {
    pub(super) host: String,
    transport: Box<dyn Transport>,
    socket: Arc<Socket>,
}

impl Line {
    pub(super) fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    /// Hands over the first `amount` bytes of the output buffer; [`Line::flush`] sends what did not go through.
    pub(super) fn transmit(&mut self, amount: usize) -> Result<(), HttpError> {
        self.transport.transmit_output(amount, NextTimeout::default()).map_err(|error| failure(&self.host, error))
    }

    /// Sends for a slice; whether any bytes went, and whether none is left.
    pub(super) fn flush(&self) -> Result<(bool, bool), HttpError> {
        let before = self.socket.unsent().len();
        let left = self.socket.flush().map_err(|error| failure(&self.host, error.into()))?;
        Ok((left < before, left == 0))
    }

    /// Waits for a slice: whether bytes came, the end of the connection, or nothing.
    pub(super) fn wait(&mut self) -> Result<Came, HttpError> {
        match self.transport.maybe_await_input(NextTimeout::default()) {
            Ok(true) => Ok(Came::Bytes),
            Ok(false) => Ok(Came::End),
            Err(Error::Timeout(_)) => Ok(Came::Nothing),
            Err(Error::Io(error)) if is_end(error.kind()) => Ok(Came::End),
            Err(error) => Err(failure(&self.host, error)),
        }
    }
}

/// What a slice of waiting brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Bytes,
    End,
    Nothing,
}

fn is_end(kind: ErrorKind) -> bool {
    [ErrorKind::UnexpectedEof, ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe].contains(&kind)
}

/// Opens lines.
pub(super) struct LineConnector {
    /// With the proxy of the environment.
    config: Config,
    /// Without one.
    direct: Config,
    tls: Arc<RustlsConnector>,
}

impl Default for LineConnector {
    fn default() -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let with = || Config::builder().tls_config(tls.clone()).user_agent(USER_AGENT);
        Self { config: with().build(), direct: with().proxy(None).build(), tls: Arc::default() }
    }
}

impl LineConnector {
    pub(super) fn connect(&self, uri: &Uri, progress: &mut OnProgress<'_>) -> Result<Line, HttpError> {
        let host = uri.host().ok_or_else(|| HttpError::address(&uri.to_string(), &"no host"))?;
        // A number that is no port would be taken for none, and the usual one asked.
        let place = uri.authority().map_or("", |place| place.as_str());
        let behind = place.rsplit(['@', ']']).next().unwrap_or_default();
        if behind.contains(':') && uri.port_u16().is_none() {
            return Err(HttpError::address(&uri.to_string(), &"a port that is none"));
        }
        let config = if self.is_direct(uri, host) { &self.direct } else { &self.config };
        if config.proxy().is_some_and(|proxy| !is_tunnel(proxy)) {
            let cause = "expected a proxy that is http:// or https://, got a SOCKS one in the environment".to_owned();
            return Err(HttpError::Unreachable { host: host.to_owned(), cause });
        }
        heed(progress)?;
        let addresses = look_up(config.proxy().map_or(uri, |proxy| proxy.uri()), config).map_err(|error| failure(host, error))?;
        let stream = dial(host, &addresses, progress)?;
        let socket = Arc::new(Socket::new(stream).map_err(|error| failure(host, error.into()))?);
        let transport = self.greet(uri, config, addresses, &socket).map_err(|error| failure(host, error))?;
        socket.is_sliced.store(true, Ordering::Relaxed);
        heed(progress)?;
        Ok(Line { host: host.to_owned(), transport, socket })
    }

    /// Whether no proxy stands between.
    fn is_direct(&self, uri: &Uri, host: &str) -> bool {
        is_this_machine(host) || self.config.proxy().is_none_or(|proxy| proxy.is_no_proxy(uri))
    }

    /// Stacks what belongs above the socket.
    fn greet(
        &self,
        uri: &Uri,
        config: &Config,
        addrs: ResolvedSocketAddrs,
        socket: &Arc<Socket>,
    ) -> Result<Box<dyn Transport>, Error> {
        let known = Known(addrs);
        let bottom = SocketTransport::new(socket.clone());
        let (tls, to_proxy) = (self.tls.clone(), bottom.clone());
        let details = ConnectionDetails {
            uri,
            addrs: known.0.clone(),
            config,
            request_level: false,
            resolver: &known,
            // The clock stands still: the socket counts its slices.
            now: Instant::NotHappening,
            timeout: NextTimeout::default(),
            current_time: Arc::new(|| Instant::NotHappening),
            run_connector: Arc::new(move |details: &ConnectionDetails<'_>| secure(&tls, details, Box::new(to_proxy.clone()))),
            register_shutdown: Arc::new(|_| Ok(())),
        };
        let tunnel = Connector::<()>::connect(&ConnectProxyConnector::default(), &details, None)?;
        let below: Box<dyn Transport> = match tunnel {
            Some(tunnel) => Box::new(tunnel),
            None => Box::new(bottom),
        };
        secure(&self.tls, &details, below)
    }
}

/// Whether the proxy makes tunnels when asked in HTTP.
fn is_tunnel(proxy: &Proxy) -> bool {
    matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https)
}

/// Adds TLS where the address asks for it.
fn secure(
    tls: &RustlsConnector,
    details: &ConnectionDetails<'_>,
    below: Box<dyn Transport>,
) -> Result<Box<dyn Transport>, Error> {
    let secured = tls.connect(details, Some(below))?.ok_or(Error::ConnectionFailed)?;
    if details.needs_tls() && !secured.is_tls() {
        return Err(Error::TlsRequired);
    }
    Ok(Box::new(secured))
}

fn look_up(uri: &Uri, config: &Config) -> Result<ResolvedSocketAddrs, Error> {
    let limit = NextTimeout { after: Limit::from_secs(LOOK_UP), reason: Timeout::Resolve, ..NextTimeout::default() };
    DefaultResolver::default().resolve(uri, config, limit)
}

/// Addresses that are known already.
#[derive(Debug)]
struct Known(ResolvedSocketAddrs);

impl Resolver for Known {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.0.clone())
    }
}

/// The first of `addresses` that answers: each for a short while, then each for a longer one.
fn dial(host: &str, addresses: &[SocketAddr], progress: &mut OnProgress<'_>) -> Result<TcpStream, HttpError> {
    let mut left: Vec<SocketAddr> = addresses.iter().take(MAX_ADDRESSES).copied().collect();
    let mut cause = "no address".to_owned();
    for milliseconds in ATTEMPTS {
        let mut silent = Vec::new();
        for address in left {
            heed(progress)?;
            match TcpStream::connect_timeout(&address, Duration::from_millis(milliseconds)) {
                Ok(stream) => return Ok(stream),
                Err(error) => {
                    cause = error.to_string();
                    silent.extend((error.kind() == ErrorKind::TimedOut).then_some(address));
                }
            }
        }
        left = silent;
    }
    Err(HttpError::Unreachable { host: host.to_owned(), cause })
}

/// The socket, shared by whoever waits on it and the layers above.
struct Socket {
    stream: TcpStream,
    /// Whether waiting ends after a slice; until then after those of the greeting.
    is_sliced: AtomicBool,
    /// What was handed over and has not gone through.
    unsent: Mutex<VecDeque<u8>>,
}

impl Socket {
    fn new(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SLICE))?;
        stream.set_write_timeout(Some(SLICE))?;
        Ok(Self { stream, is_sliced: AtomicBool::new(false), unsent: Mutex::default() })
    }

    fn unsent(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn patience(&self) -> u32 {
        if self.is_sliced.load(Ordering::Relaxed) { 1 } else { MAX_GREETING }
    }

    /// Sends for a slice; how many bytes are left.
    fn flush(&self) -> std::io::Result<usize> {
        let mut unsent = self.unsent();
        while !unsent.is_empty() {
            match (&self.stream).write(unsent.as_slices().0) {
                Ok(0) => return Err(ErrorKind::BrokenPipe.into()),
                Ok(n) => drop(unsent.drain(..n)),
                Err(error) if is_silence(error.kind()) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(unsent.len())
    }

    /// Reads what comes within the patience; `None`: nothing came.
    fn read(&self, buffer: &mut [u8]) -> std::io::Result<Option<usize>> {
        let mut n_silent = 0;
        while n_silent < self.patience() {
            match (&self.stream).read(buffer) {
                Ok(n) => return Ok(Some(n)),
                Err(error) if is_silence(error.kind()) => n_silent += 1,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            self.flush()?;
        }
        Ok(None)
    }
}

/// The two names of a timeout, by system.
fn is_silence(kind: ErrorKind) -> bool {
    [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&kind)
}

/// The socket as the lowest layer.
struct SocketTransport {
    socket: Arc<Socket>,
    buffers: LazyBuffers,
}

impl SocketTransport {
    fn new(socket: Arc<Socket>) -> Self {
        Self { socket, buffers: LazyBuffers::new(BUFFER, BUFFER) }
    }
}

/// With buffers of its own.
impl Clone for SocketTransport {
    fn clone(&self) -> Self {
        Self::new(self.socket.clone())
    }
}

impl fmt::Debug for SocketTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SocketTransport").field(&self.socket.stream.peer_addr().ok()).finish()
    }
}

impl Transport for SocketTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        self.socket.unsent().extend(&self.buffers.output()[..amount]);
        self.socket.flush()?;
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        match self.socket.read(self.buffers.input_append_buf())? {
            None => Err(Error::Timeout(Timeout::PerRead)),
            Some(n) => {
                self.buffers.input_appended(n);
                Ok(n > 0)
            }
        }
    }

    /// Lines are used once.
    fn is_open(&mut self) -> bool {
        false
    }
}

/// What an error of the layers means to whoever asked `host`.
pub(super) fn failure(host: &str, error: Error) -> HttpError {
    let host = host.to_owned();
    match error {
        Error::Io(error) if is_end(error.kind()) => HttpError::Cut { host },
        Error::Timeout(Timeout::Resolve) => HttpError::Unreachable { host, cause: "its name was not found in time".to_owned() },
        Error::Timeout(_) => HttpError::Silent { host, patience: SLICE * MAX_GREETING },
        Error::Rustls(error) => HttpError::Untrusted { host, cause: error.to_string() },
        Error::Tls(cause) => HttpError::Untrusted { host, cause: cause.to_owned() },
        // TLS speaks of what it refuses in the errors of the socket.
        Error::Io(error) if error.kind() == ErrorKind::InvalidData => HttpError::Untrusted { host, cause: error.to_string() },
        Error::Protocol(error) => HttpError::NotHttp { host, cause: error.to_string() },
        Error::Http(error) => HttpError::address(&host, &error),
        Error::BadUri(cause) => HttpError::address(&host, &cause),
        Error::Io(error) => HttpError::Unreachable { host, cause: error.to_string() },
        error => HttpError::Unreachable { host, cause: error.to_string() },
    }
}
