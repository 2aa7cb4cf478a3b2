/**
 * Measurements of single parts by JMH, one class a part. Nothing depends on them. {@code bench/route-match} runs one of them
 * for the page; after {@code ./mvnw -pl bench -am package} each can be run alone:
 *
 * <pre>java -cp "bench/target/parley-bench-0.1.0.jar:bench/target/lib/*" org.openjdk.jmh.Main RouteMatch</pre>
 */
@NullMarked
package dev.parley.bench;

import org.jspecify.annotations.NullMarked;
