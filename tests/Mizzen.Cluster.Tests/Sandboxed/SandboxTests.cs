using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <inheritdoc/>
public sealed class SandboxTests : SandboxedClasses;
