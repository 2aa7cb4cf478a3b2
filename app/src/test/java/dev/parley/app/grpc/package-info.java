/**
 * gRPC through Parley: grpc-java's own client and server with Parley between them ({@link dev.parley.app.grpc.GrpcInteropTest}),
 * and the answers that Parley itself gives to gRPC clients ({@link dev.parley.app.grpc.GrpcTest}).
 */
@NullMarked
package dev.parley.app.grpc;

import org.jspecify.annotations.NullMarked;
