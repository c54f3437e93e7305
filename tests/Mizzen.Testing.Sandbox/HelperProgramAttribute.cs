namespace Mizzen.Testing.Sandbox;

/// <summary>Tests that are programs of other tests: they end when somebody ends them.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class HelperProgramAttribute : Attribute;
