/**
 * Measurements of single parts by JMH, one class a part. Nothing depends on them. Each can be run alone:
 *
 * <pre>java -cp (the module's class path) org.openjdk.jmh.Main RouteMatch</pre>
 */
@NullMarked
package dev.parley.bench;

import org.jspecify.annotations.NullMarked;
