/**
 * What Parley does for gRPC beside carrying it: routes by service and method, health by its own protocol, statuses and deadlines in
 * the log, gRPC-Web, and calls that outlive a change. grpc-java is client and server.
 */
@NullMarked
package dev.parley.app.calls;

import org.jspecify.annotations.NullMarked;
