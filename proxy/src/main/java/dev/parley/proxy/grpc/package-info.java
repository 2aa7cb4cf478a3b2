/**
 * What a proxy must know of gRPC beside HTTP/2: which messages are calls, the client's deadline, the status of an answer, and how
 * gRPC-Web (grpc/grpc-web, and grpc/grpc doc/PROTOCOL-WEB.md) is written as gRPC and back. Knows no connection and no exchange.
 * Start at {@link dev.parley.proxy.grpc.GrpcContent}.
 */
@NullMarked
package dev.parley.proxy.grpc;

import org.jspecify.annotations.NullMarked;
