/**
 * TLS on both sides: certificates compiled to contexts, the handshake and why it failed, and the handler that turns a
 * connection's records into its bytes. BoringSSL does the work where it can be loaded, the JDK elsewhere; what is above knows
 * neither. Start at {@link dev.parley.proxy.tls.TlsHandler} for a connection, at {@link dev.parley.proxy.tls.TlsContexts} for
 * a configuration.
 */
@NullMarked
package dev.parley.proxy.tls;

import org.jspecify.annotations.NullMarked;
