/**
 * HTTP/2 end to end: rules of RFC 9113 and RFC 7541 one by one ({@link dev.parley.app.http2.ConformanceTest}), attacks by
 * their names ({@link dev.parley.app.http2.Http2AttackTest}), and what passes between HTTP/2 and HTTP/1.1.
 */
@NullMarked
package dev.parley.app.http2;

import org.jspecify.annotations.NullMarked;
