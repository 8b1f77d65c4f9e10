/// The version of this build, as commits and files name their writer.
package let grebeVersion = "0.1.0"
