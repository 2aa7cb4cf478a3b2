/**
 * Which endpoint takes an exchange: one immutable {@link dev.parley.proxy.balance.Balancer} a service, compiled into
 * the snapshot.
 *
 * <p>A pick allocates nothing, takes no lock and costs the same for three endpoints as for a thousand. What is learnt
 * about an endpoint lives in {@code upstream}, whether it is well is decided in {@code health}; no clock, socket or
 * configuration file is ever read here. Start reading at {@link dev.parley.proxy.balance.Balancers}.
 */
@NullMarked
package dev.parley.proxy.balance;

import org.jspecify.annotations.NullMarked;
