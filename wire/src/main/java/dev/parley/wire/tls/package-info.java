/**
 * The first message of TLS as it is read before anything is decrypted: who is asked for and what is offered. Never enters:
 * keys, and everything after the ClientHello. Start at {@link dev.parley.wire.tls.ClientHelloParser}.
 */
@NullMarked
package dev.parley.wire.tls;

import org.jspecify.annotations.NullMarked;
