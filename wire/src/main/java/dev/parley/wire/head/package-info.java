/**
 * The heads of messages as flyweights: offsets into the bytes that were received, filled by a protocol's parser.
 *
 * <p>A head owns no bytes and makes no strings. It is valid until its parser is given the next message, or until the
 * bytes below it change; who needs longer copies. Nothing here knows a socket, a buffer of a library, or one protocol's
 * syntax: those live in the parsers' packages. Start reading at {@link dev.parley.wire.head.RequestHead}.
 */
@NullMarked
package dev.parley.wire.head;

import org.jspecify.annotations.NullMarked;
