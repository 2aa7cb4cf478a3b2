/**
 * IP addresses as text, read without asking a resolver: the JDK's own readers go to the DNS for what they do not
 * understand, and accept forms that peers read otherwise.
 */
@NullMarked
package dev.parley.wire.address;

import org.jspecify.annotations.NullMarked;
