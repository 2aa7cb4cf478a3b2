/**
 * Which route a request takes, and what a route's own settings make of the request's target: rewrites, redirects,
 * the choice of a service by weight.
 *
 * <p>Everything here is compiled once from the model into immutable tables and then only read, by all event loops at
 * once, over the bytes of a request's head. No socket, no clock and no counter ever enters; the randomness of a table's
 * hashes comes in as a seed. A request's cost does not grow with the number of routes: hosts, path segments and the
 * values of methods, headers and query parameters are found by hash, and the few things that can only be tried one by
 * one (regular expressions, templates that overlap, conditions that no hash can answer) have stated bounds, which
 * admission checks with {@link dev.parley.proxy.route.RouteTable#check}.
 *
 * <p>Start reading at {@link dev.parley.proxy.route.RouteTable}, which follows a request from its host
 * ({@code HostTable}) over its path ({@code PathTable}) to its rules ({@code RuleSet}).
 */
@NullMarked
package dev.parley.proxy.route;

import org.jspecify.annotations.NullMarked;
