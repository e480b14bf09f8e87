export default function Page() {
  return (
    <div className="plain">
      <h1>approvals</h1>
    </div>
  );
}
