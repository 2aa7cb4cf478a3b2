/**
 * The side of Parley that faces the services: the live state of each endpoint and the connections to it.
 *
 * <p>How an endpoint is chosen is {@code balance}, whether it is well is {@code health}; neither ever enters here.
 * Start reading at {@link dev.parley.proxy.upstream.Endpoint}.
 */
@NullMarked
package dev.parley.proxy.upstream;

import org.jspecify.annotations.NullMarked;
