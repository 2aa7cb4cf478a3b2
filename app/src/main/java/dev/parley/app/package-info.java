/**
 * The assembly: the only place that sees every module. {@link dev.parley.app.Main} hands the command line its port; {@link
 * dev.parley.app.Assembly} puts the parts together and takes them apart again.
 */
@NullMarked
package dev.parley.app;

import org.jspecify.annotations.NullMarked;
