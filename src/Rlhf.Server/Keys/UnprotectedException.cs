namespace Rlhf.Server.Keys;

/// <summary>A server without keys would listen where others reach it.</summary>
internal sealed class UnprotectedException(string address) : Exception(
    $"The server would be open to everybody who reaches {address}: make a key with './rlhf keys add NAME --roles chat,rate,operate' "
    + "(and the same --data or --storage), or let it listen on this machine alone with --urls http://127.0.0.1:5080.");
